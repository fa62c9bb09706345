"""Rule folders into bytes, bounded; and the set compiled from them, kept beside for a quick start."""

import os
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import msgspec

from seerflow.errors import OperatorError
from seerflow.rules.documents import MAX_BYTES
from seerflow.rules.load import load
from seerflow.rules.placeholders import Values
from seerflow.rules.problem import Problem
from seerflow.rules.ruleset import COMPILER, Ruleset

SUFFIXES = (".yml", ".yaml")
MAX_FILES = 50_000
MAX_TOTAL = 512 << 20

#: The rules that come with Seerflow.
SHIPPED = Path(__file__).resolve().parent.parent / "share" / "rules"


def read(folders: Iterable[Path]) -> dict[str, bytes | Problem]:
    """Read all rule files in folders (or single files): path as given -> content, of too large ones the beginning.

    In place of a content that cannot be had stands why.
    """
    files: dict[str, bytes | Problem] = {}
    total = 0
    for folder in folders:
        if not folder.exists():
            raise OperatorError(f"{folder}: there is no such folder of rules")
        for path in sorted(_within(folder)):
            files[str(path)] = content = _content(path)
            total += len(content) if isinstance(content, bytes) else 0
            if len(files) > MAX_FILES or total > MAX_TOTAL:
                raise OperatorError(f"{folder}: more than {MAX_FILES} files or {MAX_TOTAL >> 20} MB of rules")
    return files


def _content(path: Path) -> bytes | Problem:
    try:
        if not path.is_file():  # a pipe would be waited for, for ever
            return Problem(file=str(path), fact="is no plain file", help="take it away from the rules")
        with path.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)  # one byte more, so that `load` refuses it
    except OSError as error:
        return Problem(file=str(path), fact=f"cannot be read ({error.strerror})", help="look at its rights")


def _within(folder: Path) -> Iterable[Path]:
    if folder.is_file():
        return [folder]
    return [
        Path(place, name)
        for place, _folders, names in os.walk(folder, followlinks=False)
        for name in names
        if name.endswith(SUFFIXES) and not Path(place, name).is_symlink()
    ]


def ruleset(folders: Iterable[Path], values: Values | None = None, cache: Path | None = None) -> Ruleset:
    """Load the rules of folders; with a `cache` folder, keep the result there and take it from there next time."""
    found = read(folders)
    unread = [one for one in found.values() if isinstance(one, Problem)]
    made = _loaded({name: one for name, one in found.items() if isinstance(one, bytes)}, values, cache)
    # Beside the kept set, not in it: who may read a file is no part of what it says.
    return msgspec.structs.replace(made, problems=(*unread, *made.problems)) if unread else made


def _loaded(files: Mapping[str, bytes], values: Values | None, cache: Path | None) -> Ruleset:
    if cache is None:
        return load(files, values)
    place = cache / f"rules-{_fingerprint(files, values or {})}.msgpack"
    try:
        return msgspec.msgpack.decode(place.read_bytes(), type=Ruleset)
    except (OSError, msgspec.MsgspecError):  # none yet, or not whole: load, and write it anew
        made = load(files, values)
    _keep(place, msgspec.msgpack.encode(made))
    return made


def _keep(place: Path, content: bytes) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(content)
        temporary.replace(place)
    except OSError:  # a cache that cannot be written costs seconds, nothing else
        return


def _fingerprint(files: Mapping[str, bytes], values: Values) -> str:
    digest = blake2b(f"{COMPILER} {version('pysigma')} {sorted(values.items())!r}".encode(), digest_size=16)
    for name in sorted(files):
        digest.update(f"\x1e{name}\x1f{len(files[name])}\x1f".encode("utf-8", "surrogateescape"))
        digest.update(files[name])
    return digest.hexdigest()
