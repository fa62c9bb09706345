"""Child processes of `seerflow up`: started, watched, started again when they end, and ended in order.

A worker that meets what it cannot mend ends itself (agents/worker.py); to start again is the cure, so the
supervisor does just that, at growing intervals, and says so.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from seerflow.errors import OutsideError

#: Seconds before a child is started again: doubled for each end within HEALTHY_SECONDS, up to the last.
FIRST_DELAY_SECONDS, LAST_DELAY_SECONDS = 0.5, 30.0
#: A child that ran this long has recovered: its delay begins anew.
HEALTHY_SECONDS = 60.0
#: How long a child may take to end after SIGTERM before it is killed.
STOP_TIMEOUT_SECONDS = 15.0


#: Exit codes with which a command says that what it was asked cannot be done: to start it again is no cure.
REFUSALS = (1, 2)
#: Of a log file's end, so much is shown.
SHOWN_BYTES = 2000


class Program(Struct, frozen=True, kw_only=True):
    """One child to keep running: the arguments behind `seerflow`, and where its messages go."""

    name: str
    arguments: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = {}


class Child:
    """One program and its process."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self._started = 0.0
        self._delay = FIRST_DELAY_SECONDS
        self._again = 0.0

    def start(self) -> None:
        """Start the process; its messages are appended to the program's log file."""
        self.program.log.parent.mkdir(parents=True, exist_ok=True)
        with self.program.log.open("ab") as log:
            # Its own process group: Ctrl-C reaches the supervisor alone, which ends the children in order.
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
                [sys.executable, "-m", "seerflow", *self.program.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.program.environment) or None,
                start_new_session=True,
            )
        self.starts += 1
        self._started = time.monotonic()

    def watch(self, say: Callable[[str], None]) -> None:
        """Start the process again if it has ended and its delay is over."""
        if self.process is None or self.process.poll() is None:
            return
        if self.process.returncode in REFUSALS:
            raise OutsideError(f"{self.program.name} cannot run:\n{_last_lines(self.program.log)}")
        now = time.monotonic()
        if not self._again:
            if now - self._started >= HEALTHY_SECONDS:
                self._delay = FIRST_DELAY_SECONDS
            self._again = now + self._delay
            self._delay = min(self._delay * 2, LAST_DELAY_SECONDS)
            say(
                f"{self.program.name} ended with code {self.process.returncode}, starts again"
                f" (its messages: {self.program.log})"
            )
        elif now >= self._again:
            self._again = 0.0
            self.start()

    def end(self) -> None:
        """Ask the process to end."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, until: float) -> None:
        """Wait for the end of the process until that monotonic time, then kill it."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _last_lines(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - SHOWN_BYTES))
        return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-6:])


def nothing() -> None:
    """Need nothing."""


class Supervisor:
    """Several programs, in the order in which they start."""

    def __init__(
        self, programs: Sequence[Program], say: Callable[[str], None], needed: Callable[[], None] = nothing
    ) -> None:
        """`needed` is called with every look, and raises when what all programs need is gone."""
        self.children = [Child(program) for program in programs]
        self._needed = needed
        self._say = say

    def start(self) -> None:
        """Start all programs."""
        for child in self.children:
            child.start()

    def watch(self) -> None:
        """Look at each child once."""
        self._needed()
        for child in self.children:
            child.watch(self._say)

    def stop(self) -> None:
        """End all programs: those that bring logs in first, so that the others can finish what they have."""
        for child in self.children:
            child.end()
        until = time.monotonic() + STOP_TIMEOUT_SECONDS
        for child in self.children:
            child.wait(until)
