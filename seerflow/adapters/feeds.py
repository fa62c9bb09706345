"""Lists of indicators and assets from files. Only reads; what they say is decided in detectors/intel and enrichers."""

from collections.abc import Sequence
from pathlib import Path

from seerflow.detectors.intel.indicators import Indicators, merged
from seerflow.detectors.intel.lists import read_csv
from seerflow.enrichers.assets import Assets, read_assets

#: A list of two million addresses is 30 MB; ten times that is no list.
MAX_BYTES = 512 << 20


def read_indicators(paths: Sequence[Path]) -> tuple[Indicators, tuple[str, ...]]:
    """Read lists of indicators into one set. Give it and all problems, unreadable files among them."""
    sets: list[Indicators] = []
    problems: list[str] = []
    for path in paths:
        content = _content(path, problems)
        if content is not None:
            one, wrong = read_csv(path.name, content)
            sets.append(one)
            problems += wrong
    return merged(sets), tuple(problems)


def read_asset_list(path: Path) -> tuple[Assets, tuple[str, ...]]:
    """Read the list of hosts and accounts. Give it and its problems."""
    problems: list[str] = []
    content = _content(path, problems)
    if content is None:
        return Assets(), tuple(problems)
    return read_assets(path.name, content)


def stamp(paths: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """Give what changes when a file does (name, nanoseconds, size): compare to know when to read again."""
    found = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append((str(path), -1, -1))
        else:
            found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)


def _content(path: Path, problems: list[str]) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); check the path and its permissions")
        return None
    if len(content) > MAX_BYTES:
        problems.append(f"{path}: larger than {MAX_BYTES >> 20} MB; split it, or list networks for addresses")
        return None
    return content
