"""A configuration from a file and the environment; the environment wins."""

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from seerflow.config.options import Config, Files
from seerflow.config.verdict import problems
from seerflow.errors import ConfigError, OperatorError
from seerflow.problems import Secret, read

#: Environment variable -> key of `kafka` that it sets.
ENVIRONMENT: dict[str, str] = {
    "SEERFLOW_BOOTSTRAP": "bootstrap",
    "SEERFLOW_SECURITY_PROTOCOL": "security_protocol",
    "SEERFLOW_SASL_MECHANISM": "sasl_mechanism",
    "SEERFLOW_SASL_USERNAME": "sasl_username",
    "SEERFLOW_SASL_PASSWORD_FILE": "sasl_password_file",
    "SEERFLOW_SSL_CA": "ssl_ca",
    "SEERFLOW_SSL_CERT": "ssl_cert",
    "SEERFLOW_SSL_KEY": "ssl_key",
}

#: Keys whose values are paths; so is every key that ends with "_file".
PATHS = frozenset({"path", "parsers", "dirs", "state_dir", "ssl_ca", "ssl_cert", "ssl_key"})

#: A file that holds one secret is never longer than this.
MAX_SECRET_BYTES = 65_536


def load(
    path: str | Path | None = None,
    *,
    parsers: Collection[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Read the configuration; ConfigError holds all that is wrong with it.

    `path` None means $SEERFLOW_CONFIG; without that too, everything has its default.
    """
    env = os.environ if environment is None else environment
    document = read_document(path, env)
    password = env.get("SEERFLOW_SASL_PASSWORD", "")
    found = _without_password(problems(document, parsers=parsers), password)
    if found:
        raise ConfigError(found)
    config = msgspec.convert(document, Config)
    if password:
        kafka = msgspec.structs.replace(config.kafka, sasl_password=Secret(password))
        config = msgspec.structs.replace(config, kafka=kafka)
    return config


def read_document(path: str | Path | None, env: Mapping[str, str]) -> Any:
    """Give the document as the file and the environment make it, its paths absolute, nothing checked yet."""
    chosen = path or env.get("SEERFLOW_CONFIG") or None
    document: Any = {}
    if chosen is not None:
        file = Path(chosen).expanduser()
        document = _from_file(file)
    return _with_environment({} if document is None else document, env)


def _from_file(file: Path) -> Any:
    try:
        return anchored(read(file.read_bytes()), file.resolve().parent)
    except OSError as error:
        raise ConfigError([f"{file}: cannot be read ({error.strerror})"]) from error
    except RecursionError as error:
        raise ConfigError([f"{file}: not YAML that can be read: too deep, or it refers to itself"]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError([f"{file}: not YAML: {' '.join(str(error).split())}"]) from error


def _with_environment(document: Any, env: Mapping[str, str]) -> Any:
    """Lay the environment over the document. What is no mapping is left for `problems` to name."""
    if not isinstance(document, dict):
        return document
    said = {key: env[name] for name, key in ENVIRONMENT.items() if env.get(name)}
    kafka = document.get("kafka") or {}
    laid = {**document, "state_dir": _state(document.get("state_dir"), env)}
    if said and isinstance(kafka, dict):
        laid["kafka"] = {**kafka, **anchored(said, Path.cwd())}
    return laid


def _state(said: Any, env: Mapping[str, str]) -> Any:
    if env.get("SEERFLOW_STATE"):
        return str(Path(env["SEERFLOW_STATE"]).expanduser().absolute())
    if said is not None:
        return said
    # XDG Base Directory Specification 0.8: state that should persist between restarts.
    home = env.get("XDG_STATE_HOME") or "~/.local/state"
    return str(Path(home).expanduser().absolute() / "seerflow")


def anchored(document: Any, folder: Path) -> Any:
    """Make the paths in a document absolute: `~` is the home, relative ones begin at `folder`."""
    if isinstance(document, list):
        return [anchored(one, folder) for one in document]
    if not isinstance(document, dict):
        return document
    return {
        key: _anchored_path(value, folder)
        if isinstance(key, str) and (key in PATHS or key.endswith("_file"))
        else anchored(value, folder)
        for key, value in document.items()
    }


def _anchored_path(value: Any, folder: Path) -> Any:
    if isinstance(value, list):
        return [_anchored_path(one, folder) for one in value]
    return str(folder / Path(value).expanduser()) if isinstance(value, str) and value else value


def _without_password(found: list[str], password: str) -> list[str]:
    """Drop the complaint about a missing password file where the environment gave the password itself."""
    return [one for one in found if not (password and one.startswith("$.kafka.sasl_password_file: missing"))]


def absent(config: Config) -> list[str]:
    """Give every file and folder that the configuration names and that cannot be read: `$.place: fact; help`."""
    return list(_absent(config, "$"))


def _absent(part: Any, place: str) -> Iterator[str]:
    if isinstance(part, tuple):
        for index, item in enumerate(part):
            yield from _absent(item, f"{place}[{index}]")
    # A set of files to follow may be empty today.
    elif isinstance(part, msgspec.Struct) and not isinstance(part, Files):
        for name in part.__struct_fields__:
            value = getattr(part, name)
            named = name != "state_dir" and (name in PATHS or name.endswith("_file"))
            yield from _unreadable(value, f"{place}.{name}") if named else _absent(value, f"{place}.{name}")


def _unreadable(value: Any, place: str) -> Iterator[str]:
    for one in (value,) if isinstance(value, str) else value or ():
        if not os.access(one, os.R_OK):
            fact = "may not be read" if Path(one).exists() else "is not there"
            yield f"{place}: {one} {fact}; look at the path and its rights"


def secret(file: str | Path) -> Secret:
    """Read one secret from a file, without the line's end."""
    try:
        with Path(file).open("rb") as opened:
            text = opened.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise OperatorError(f"{file}: the secret cannot be read ({error.strerror})") from error
    if not text.strip() or len(text) > MAX_SECRET_BYTES:
        raise OperatorError(
            f"{file}: should hold one secret, and is empty or longer than {MAX_SECRET_BYTES} bytes"
        )
    return Secret(text.decode("utf-8", "surrogateescape").strip("\r\n"))
