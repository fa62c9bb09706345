"""Positions: how far each file has been read, kept across restarts.

Law: a position is saved only after Kafka has everything before it, and a saved file is whole or the old one.
A file is known again by its device and inode, and by its bytes: the first ones, and the last ones before the
offset. Inodes are used again, files are truncated, copied and compressed: the bytes tell.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from seerflow.errors import OutsideError

#: So many bytes at the beginning and before the offset are compared.
WINDOW = 256
#: Positions of files that are finished are kept for when they come back under another name; so many of them.
MAX_KEPT = 10_000


class Position(Struct, frozen=True, kw_only=True):
    """How far one file has been read."""

    path: str
    device: int
    inode: int
    offset: int = 0
    size: int = 0  # of the file when it was last looked at
    skipping: bool = False  # the offset lies inside a line that was too long
    done: bool = False  # read to its end and let go
    head: str = ""  # digest of the first min(WINDOW, offset) bytes
    tail: str = ""  # digest of the last min(WINDOW, offset) bytes before the offset

    @property
    def key(self) -> str:
        """The file's name that a rename does not change."""
        return f"{self.device}:{self.inode}"


def digest(window: bytes) -> str:
    """Give what stands for a file's bytes: a log's text has no place in a state file."""
    return hashlib.blake2b(window, digest_size=16).hexdigest()


class _State(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int = 1
    positions: tuple[Position, ...] = ()


class Positions:
    """The positions of all files of one collector, in one file of the state folder."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Position] = {}
        self._changed = False

    def load(self) -> bool:
        """Read what was saved and give whether there was anything; an unreadable file is an error."""
        try:
            state = msgspec.json.decode(self._file.read_bytes(), type=_State)
        except FileNotFoundError:
            return False
        except (OSError, msgspec.DecodeError) as error:
            raise OutsideError(
                f"cannot read the positions in {self._file}: {error}; remove the file to read all logs from their beginning"
            ) from error
        self._known = {position.key: position for position in state.positions}
        return True

    def __iter__(self) -> Iterator[Position]:
        return iter(tuple(self._known.values()))

    def get(self, key: str) -> Position | None:
        """Give the position of the file with that device and inode."""
        return self._known.get(key)

    def note(self, position: Position) -> None:
        """Remember a position, in place of the file's older one."""
        self._known.pop(position.key, None)
        self._known[position.key] = position
        if len(self._known) > MAX_KEPT:
            del self._known[next(iter(self._known))]
        self._changed = True

    def forget(self, key: str) -> None:
        """Forget a file whose bytes are gone."""
        self._changed |= self._known.pop(key, None) is not None

    def save(self) -> None:
        """Write all positions, if any changed: beside the file, synced, then renamed over it."""
        if not self._changed:
            return
        content = msgspec.json.encode(_State(positions=tuple(self._known.values())))
        beside = self._file.with_name(self._file.name + ".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            beside.replace(self._file)
            _sync_folder(self._file.parent)
        except OSError as error:
            raise OutsideError(f"cannot save the positions in {self._file}: {error.strerror}") from error
        self._changed = False


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may bring the old name back, with the old positions: repeats, no loss.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
