"""The jars of the embedded broker: fetched once, each compared with its SHA-256 in share/kafka.lock at every use.

The lock names every jar at its version, so nothing is resolved: what cannot be had exactly is refused.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from msgspec import Struct

from seerflow.errors import OutsideError

#: The file in the package.
LOCK = Path(__file__).resolve().parent.parent / "share" / "kafka.lock"

#: Jars fetched at the same time: the waiting is the network's, more would be rude.
AT_ONCE = 8
#: How often one jar is asked for before the network is said to refuse.
TRIES = 3

#: Told after each jar: how many are there, how many there will be.
Progress = Callable[[int, int], None]


class Jar(Struct, frozen=True, kw_only=True):
    """One jar as the lock names it."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """Its file name."""
        return f"{self.artifact}-{self.version}.jar"


#: Fetches one jar into a folder and says where it lies; may raise whatever its transport raises.
Fetch = Callable[[Jar, Path], Path]


def locked(lock: Path = LOCK) -> tuple[Jar, ...]:
    """Give the jars that the lock names, in its order."""
    rows = [line.split() for line in lock.read_text().splitlines() if line and not line.startswith("#")]
    return tuple(
        Jar(group=group, artifact=artifact, version=version, sha256=sha256)
        for sha256, coordinate in rows
        for group, artifact, version in [coordinate.split(":")]
    )


def folder() -> Path:
    """Give the folder that keeps the jars: in the user's cache (XDG Base Directory Specification 0.8)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "seerflow" / "jars"


def classpath(
    jars: Iterable[Jar] | None = None,
    *,
    into: Path | None = None,
    fetch: Fetch | None = None,
    progress: Progress = lambda _done, _all: None,
) -> tuple[Path, ...]:
    """Give the jars as files, each exactly the locked one; fetch those that are missing or spoiled."""
    wanted = tuple(locked() if jars is None else jars)
    place = into or folder()
    missing = [jar for jar in wanted if not _is_right(place / jar.name, jar)]
    if missing:
        try:
            _fetch_all(missing, place, fetch or from_registry, progress)
        except OSError as error:
            raise OutsideError(
                f"cannot keep the broker's jars in {place} ({error.strerror or error}); free some space (50 MB), "
                "or name another folder with XDG_CACHE_HOME"
            ) from error
    return tuple(place / jar.name for jar in wanted)


def _is_right(path: Path, jar: Jar) -> bool:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == jar.sha256
    except OSError:
        return False


def _fetch_all(missing: list[Jar], place: Path, fetch: Fetch, progress: Progress) -> None:
    place.mkdir(parents=True, exist_ok=True)
    # Fetched beside the final place and renamed into it when right: what is cut off leaves nothing behind.
    with (
        tempfile.TemporaryDirectory(dir=place, prefix="incoming-") as incoming,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        one = partial(_fetched, fetch=fetch, incoming=Path(incoming), place=place)
        try:
            for done, _ in enumerate(pool.map(one, missing), 1):
                progress(done, len(missing))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetched(jar: Jar, *, fetch: Fetch, incoming: Path, place: Path) -> None:
    last: Exception = OutsideError("nothing came")
    for attempt in range(TRIES):
        corner = incoming / f"{jar.artifact}-{attempt}"
        try:
            got = fetch(jar, corner)
        except OSError as error:
            if not _of_the_network(error):
                raise
            last = error
            continue
        except Exception as error:  # noqa: BLE001 - the transport's errors are of many classes
            last = error
            continue
        if not _is_right(got, jar):
            raise OutsideError(
                f"refused {jar.name}: it is not the file whose SHA-256 stands in kafka.lock; something between "
                "here and the registry changed it. Nothing was started"
            )
        got.replace(place / jar.name)
        return
    raise OutsideError(
        f"cannot fetch {jar.group}:{jar.artifact}:{jar.version} ({_first_line(last)}); the embedded broker needs "
        "the network once. Try again, or name a Kafka of yours with SEERFLOW_BOOTSTRAP"
    ) from last


def _of_the_network(error: OSError) -> bool:
    """True where the error has no file: requests' errors are OSErrors too, but name none."""
    return error.filename is None and error.errno is None


def _first_line(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text.splitlines()[0][:200]


def from_registry(jar: Jar, corner: Path) -> Path:
    """Fetch a jar through jgo, which knows the registry."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - 200 ms that a warm start saves

    context = MavenContext(repo_cache=corner, resolver=PythonResolver(), timeout=20)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact(packaging="jar")
    return Path(artifact.resolve())
