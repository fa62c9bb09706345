"""`seerflow demo`: everything on this machine, and a told attack in real log lines over real syslog UDP."""

import argparse
import shutil
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from seerflow import broker, local
from seerflow.adapters import codec
from seerflow.adapters.kafka import client_settings
from seerflow.adapters.watching import Follower
from seerflow.cli.command import Command
from seerflow.cli.up import interrupted, running, say, told
from seerflow.config import Config, load
from seerflow.config.options import Collectors, Metrics, Syslog
from seerflow.errors import OutsideError
from seerflow.story import Chapter, chapters

HOST = "127.0.0.1"
#: A notice comes within two seconds; a machine that does other things too may take longer.
NOTICE_SECONDS = 60.0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", action="store_true", help="keep everything running after the story")


def _run(arguments: argparse.Namespace) -> int:
    began = time.monotonic()
    config = staged(load(arguments.config))
    forgotten(config)
    with interrupted() as asked, running(config, "demo.json") as (reached, supervisor):
        follower = Follower(client_settings(reached), "alerts")
        answers = local.wait_ready(reached, supervisor.watch)
        udp = answers["collect-0"].listening["syslog_udp"]
        say(f"ready after {time.monotonic() - began:.1f} s\n")
        seen = Told(follower, _watching(supervisor.watch, asked), began)
        for chapter in chapters(datetime.now(UTC)):
            if not asked():
                _tell(chapter, udp, seen)
        say(
            f"first alert {seen.first:.1f} s after the start; the whole story {time.monotonic() - began:.1f} s"
        )
        while arguments.keep and not asked():
            supervisor.watch()
            seen.look(0.2)
        follower.close()
    return 0


def forgotten(config: Config) -> None:
    """Remove what an earlier demo left, unless it runs: an alert is told once a story and day, and this is a new one.

    A cluster that somebody else runs keeps what it has.
    """
    if not config.kafka.bootstrap and broker.status(config) is None:
        shutil.rmtree(config.state_dir, ignore_errors=True)


def _watching(watch: Callable[[], None], asked: Callable[[], bool]) -> Callable[[], bool]:
    def stopped() -> bool:
        watch()
        return asked()

    return stopped


def staged(config: Config) -> Config:
    """Give the configuration with a syslog listener of its own and any free ports, so that it disturbs nothing.

    Each process binds what the system gives it and says what that is: a port that is looked for first may be
    another's by the time it is bound.
    """
    collectors = Collectors(syslog=Syslog(udp=f"{HOST}:0"))
    state = str(Path(config.state_dir) / "demo")
    metrics = Metrics(listen=HOST, base_port=0)
    return msgspec.structs.replace(config, collectors=collectors, metrics=metrics, state_dir=state)


class Told:
    """The notices that have come."""

    def __init__(self, follower: Follower, stopped: Callable[[], bool], began: float) -> None:
        self._follower = follower
        self._stopped = stopped
        self._began = began
        self.first = 0.0
        self.silent = 0  # revisions of alerts that were told before

    def look(self, seconds: float) -> list[str]:
        """Print what has come, waiting so long; give its notices."""
        notices = []
        for _, value in self._follower.records(seconds):
            for alert in codec.alerts(value):
                told(alert)
                notices += [alert.notice] if alert.notice else []
                self.silent += not alert.notice
        if notices and not self.first:
            self.first = time.monotonic() - self._began
        return notices

    def wait(self, notice: str) -> None:
        """Return when that notice has come; OutsideError if it does not."""
        deadline = time.monotonic() + NOTICE_SECONDS
        while not self._stopped():
            if notice in self.look(0.1):
                return
            if time.monotonic() > deadline:
                raise OutsideError(self._why())

    def _why(self) -> str:
        if self.silent:
            return (
                "this cluster has heard of this attack today, and an alert is told once a story and day (UTC);"
                " try again without kafka.bootstrap or SEERFLOW_BOOTSTRAP, on a broker of the demo's own"
            )
        return f"no alert came within {NOTICE_SECONDS:.0f} s; `seerflow check` may know why"


def _tell(chapter: Chapter, port: int, seen: Told) -> None:
    say(f"▶ {chapter.told}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for line in chapter.lines:
            say(f"    {line}")
            out.sendto(line.encode(), (HOST, port))
    if chapter.notice:
        seen.wait(chapter.notice)


COMMAND = Command(
    name="demo",
    summary="Run everything on this machine and tell an attack in real log lines; alerts appear as they fire.",
    examples=("seerflow demo", "seerflow demo --keep"),
    arguments=_arguments,
    run=_run,
)
