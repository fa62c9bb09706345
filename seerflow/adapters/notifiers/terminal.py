"""The terminal: one clear block an alert. Logs cannot steer it: wording.clean takes their controls out."""

import sys
from collections.abc import Callable

from seerflow.adapters.notifiers.wording import Words, plain, words
from seerflow.alerts.outbox import Attempt, Outcome

#: ECMA-48 SGR: bold red, red, yellow, blue, none.
_COLOURS = {
    "critical": "\x1b[1;31m",
    "high": "\x1b[31m",
    "medium": "\x1b[33m",
    "low": "\x1b[34m",
    "informational": "",
}
_RESET = "\x1b[0m"
_RULE = "─" * 72


class Terminal:
    """Writes to this process's standard output."""

    def __init__(
        self, name: str, write: Callable[[str], object] | None = None, *, colour: bool | None = None
    ) -> None:
        self.name = name
        self._write = write or _to_stdout
        self._colour = sys.stdout.isatty() if colour is None else colour

    async def send(self, attempt: Attempt) -> Outcome:
        """Write the block."""
        try:
            self._write(block(words(attempt), colour=self._colour))
        except OSError as error:  # the pipe's reader is gone, the disk behind it is full
            return Outcome(state="retry", detail=f"cannot write: {type(error).__name__}")
        return Outcome(state="delivered", detail="written")


def block(said: Words, *, colour: bool) -> str:
    """Give the block."""
    head, _, rest = plain(said).partition("\n")
    shown = f"{_COLOURS.get(said.level, '')}{head}{_RESET}" if colour else head
    return f"{_RULE}\n{shown}\n{rest}{_RULE}\n"


def _to_stdout(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
