"""Which files a pattern names, and which of them are to be read: found, renamed, truncated, gone."""

import glob
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from seerflow.collectors.following import Content, Followed, begins_like, open_content
from seerflow.collectors.positions import MAX_KEPT, WINDOW, Position, Positions
from seerflow.engine.lines import Multiline

#: A pattern names at most so many files, and beside a truncated file so many others are looked at.
_MAX_NAMES = 100_000
_MAX_SIBLINGS = 1000


class Watch:
    """The files of one pattern. Every method may touch the disk; none waits."""

    def __init__(
        self,
        pattern: str,
        positions: Positions,
        counts: "Counter[str]",
        *,
        max_bytes: int,
        multiline: Multiline = "none",
        max_files: int,
        grace_seconds: float,
    ) -> None:
        self._pattern = pattern
        self._positions = positions
        self._counts = counts
        self._max_bytes = max_bytes
        self._multiline = multiline
        self._max_files = max_files
        self._grace = grace_seconds
        self._open: dict[str, Followed] = {}
        self._seen: dict[str, tuple[int, int]] = {}  # size and time of change at the last look
        self._finished: dict[str, tuple[int, int]] = {}  # likewise, of files that were let go
        self._unread: set[str] = set()

    def begin(self, *, at_end: bool) -> None:
        """Open what is there; go on with files that were renamed while nobody looked.

        `at_end` begins files that nobody knows at their end.
        """
        self.discover(at_end=at_end)
        for position in self._positions:
            if position.key in self._open or position.done:
                continue
            if not self._follow_continuation(position):
                self._counts["lost_files"] += position.size > position.offset
                self._positions.forget(position.key)

    def discover(self, *, at_end: bool = False) -> None:
        """Open the files of the pattern that are new."""
        names = glob.iglob(self._pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
        for path in itertools.islice(names, _MAX_NAMES):
            try:
                self._meet(path, at_end=at_end)
            except OSError:
                self._leave_alone(path)

    def due(self) -> list[Followed]:
        """Give the open files that have something to read, or whose end has come."""
        return [followed for followed in tuple(self._open.values()) if self._safely(followed)]

    def over(self, followed: Followed) -> bool:
        """Whether a file that is leaving has been quiet for so long that its writer let go of it."""
        since = followed.quiet_since
        return followed.leaving and since is not None and time.monotonic() - since >= self._grace

    def drop(self, followed: Followed) -> None:
        """Let a file go that was read to its end."""
        key = followed.position.key
        if self._open.pop(key, None) is None:
            return
        self._finished[key] = self._seen.pop(key, (-1, -1))
        if len(self._finished) > MAX_KEPT:
            del self._finished[next(iter(self._finished))]
        followed.close()

    def close(self) -> None:
        """Let all files go."""
        for followed in tuple(self._open.values()):
            self.drop(followed)

    # --- one file ------------------------------------------------------------------------------------------

    def _meet(self, path: str, *, at_end: bool) -> None:
        status = Path(path).stat()
        key = f"{status.st_dev}:{status.st_ino}"
        followed = self._open.get(key)
        if followed is not None:
            if followed.position.path != path and not _same(followed.position):
                # Renamed to another name of the pattern.
                self._leave(followed)
                followed.position = replace(followed.position, path=path)
            return
        if self._finished.get(key) == (status.st_size, status.st_mtime_ns):
            return
        if len(self._open) >= self._max_files:
            self._leave_alone(path)
            return
        content, status = open_content(path)
        position = self._resume(content, Position(path=path, device=status.st_dev, inode=status.st_ino))
        if position.offset == 0 and at_end and content.grows:
            position = replace(position, offset=content.size())
        self._follow(content, position)

    def _resume(self, content: Content, new: Position) -> Position:
        """Give where to go on in a file: by its inode, else by its bytes, else at 0."""
        known = self._positions.get(new.key)
        if known is not None and begins_like(content, known):
            return replace(known, path=new.path, done=False)
        if known is not None and known.path == new.path:
            self._counts["truncations"] += 1
            self._follow_continuation(known)
        for other in self._positions:
            # Short beginnings are alike (a header line); and a file whose bytes are still in their place was
            # not moved: this one is a file of its own that begins the same.
            if other.offset >= 2 * WINDOW and not self._intact(other) and begins_like(content, other):
                return replace(new, offset=other.offset, skipping=other.skipping)
        return new

    def _intact(self, position: Position) -> bool:
        followed = self._open.get(position.key)
        return followed is not None and followed.holds(position)

    def _follow(self, content: Content, position: Position) -> Followed:
        followed = self._open[position.key] = Followed(
            content, position, self._max_bytes, multiline=self._multiline
        )
        return followed

    def _leave(self, followed: Followed) -> None:
        if not followed.leaving:
            followed.leaving = True
            self._counts["rotations"] += 1

    def _leave_alone(self, path: str) -> None:
        if path not in self._unread and len(self._unread) < _MAX_NAMES:
            self._unread.add(path)
            self._counts["unread_files"] += 1

    # --- changes -------------------------------------------------------------------------------------------

    def _safely(self, followed: Followed) -> bool:
        try:
            return self._look(followed)
        except OSError:  # the disk or the network share under it
            self._leave_alone(followed.position.path)
            self.drop(followed)
            return False

    def _look(self, followed: Followed) -> bool:
        """See what happened to an open file; give whether it is to be read."""
        if not _same(followed.position):
            self._leave(followed)
        key, change = followed.position.key, followed.change()
        if self._seen.get(key) != change:
            self._seen[key] = change
            if not followed.holds(followed.position):
                self._counts["truncations"] += 1
                before = followed.position
                followed.restart()
                self._follow_continuation(before)
        if followed.grown():
            followed.quiet_since = None
            return True
        followed.quiet_since = followed.quiet_since or time.monotonic()
        return self.over(followed)

    def _follow_continuation(self, position: Position) -> bool:
        """Go on in the file that holds, beside the old name, what was read up to the position, and more."""
        for path in itertools.islice(_siblings(position.path), _MAX_SIBLINGS):
            try:
                content, status = open_content(path)
            except OSError:
                continue
            here = replace(position, path=path, device=status.st_dev, inode=status.st_ino, done=False)
            if here.key not in self._open and position.offset and begins_like(content, position):
                self._follow(content, here).leaving = True
                return True
            content.close()
        return False


def _same(position: Position) -> bool:
    """Whether the file's name is still its own."""
    try:
        status = Path(position.path).stat()
    except OSError:
        return False
    return (status.st_dev, status.st_ino) == (position.device, position.inode)


def _siblings(path: str) -> Iterator[str]:
    """Give the files beside it whose names begin as its does: app.log -> app.log.1, app-20260101.log."""
    name = Path(path)
    stem = name.name.split(".", 1)[0]
    try:
        found = sorted(name.parent.iterdir())
    except OSError:
        return iter(())
    return (str(one) for one in found if one.name.startswith(stem))
