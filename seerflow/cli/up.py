"""`seerflow up`: everything on this machine until Ctrl-C."""

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

import msgspec

from seerflow import broker, local
from seerflow.adapters import codec
from seerflow.adapters.kafka import client_settings
from seerflow.adapters.processes import Supervisor, nothing
from seerflow.adapters.watching import Follower
from seerflow.alerts import show
from seerflow.cli.command import Command
from seerflow.config import Config, load
from seerflow.config.options import Collectors, Otlp, Syslog
from seerflow.model.alert import Alert

#: What a machine listens to when no configuration says it: loopback only.
DEFAULT_COLLECTORS = Collectors(
    syslog=Syslog(udp="127.0.0.1:5514", tcp="127.0.0.1:5514"),
    otlp=Otlp(listen="127.0.0.1:4318"),
)


def say(text: str) -> None:
    """Tell the person at the terminal what happens."""
    print(text, file=sys.stderr, flush=True)


def with_collectors(config: Config) -> Config:
    """Give the configuration with the default collectors where it names none."""
    if config.collectors != Collectors():
        return config
    return msgspec.structs.replace(config, collectors=DEFAULT_COLLECTORS)


def written(config: Config, name: str) -> str:
    """Write the configuration for the processes to read; give the file. Secrets stay in their own files."""
    path = Path(config.state_dir) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    document = msgspec.to_builtins(config)
    document["kafka"].pop("sasl_password", None)  # the environment hands it on
    path.write_bytes(msgspec.json.encode(document))
    path.chmod(0o600)
    return str(path)


@contextmanager
def running(config: Config, name: str) -> Iterator[tuple[Config, Supervisor]]:
    """Run everything while the block runs, and end it in order; a broker that ran before stays."""
    began = not config.kafka.bootstrap and broker.status(config) is None
    reached = local.prepare(config, say)
    try:
        programs = list(local.programs(reached, written(config, name)))
        # A broker that is ours is needed by all, and nobody else would tell of its end: a full disk ends it.
        needed = nothing if config.kafka.bootstrap else partial(broker.watch, config)
        supervisor = Supervisor(programs, say, needed)
        try:
            supervisor.start()
            yield reached, supervisor
        finally:
            say("ending the processes")
            supervisor.stop()
    finally:
        if began:
            broker.stop(config)


@contextmanager
def interrupted() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and SIGTERM into an answer to "has anybody asked to end"."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        if len(asked) > 1:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def told(alert: Alert) -> None:
    """Print an alert's revision if it is one that people should hear of."""
    if alert.notice:
        print(show.text(alert), flush=True)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print alerts as JSON lines")


def _run(arguments: argparse.Namespace) -> int:
    config = with_collectors(load(arguments.config))
    with interrupted() as asked, running(config, "up.json") as (reached, supervisor):
        follower = Follower(client_settings(reached), "alerts")
        answers = local.wait_ready(reached, supervisor.watch)
        say(_listening(config, answers["collect-0"].listening))
        while not asked():
            supervisor.watch()
            for _, value in follower.records(0.2):
                for alert in codec.alerts(value):
                    print(codec.line(alert).decode(), flush=True) if arguments.json else told(alert)
        follower.close()
    return 0


def _listening(config: Config, ports: Mapping[str, int]) -> str:
    collectors = config.collectors
    places = []
    for kind in ("udp", "tcp"):
        listen = getattr(collectors.syslog, kind) if collectors.syslog else ""
        places += [f"syslog {kind} {_bound(listen, ports.get(f'syslog_{kind}'))}"] if listen else []
    if collectors.otlp:
        places.append(f"OTLP http://{_bound(collectors.otlp.listen, ports.get('otlp'))}/v1/logs")
    places += [f"files {one.path}" for one in collectors.files]
    places += [f"topic {one.topic}" for one in collectors.kafka]
    return f"ready; listening: {', '.join(places)}; alerts appear here; Ctrl-C ends everything"


def _bound(listen: str, port: int | None) -> str:
    """Give the address with the port that was bound: of port 0, the system's choice."""
    return f"{listen.rpartition(':')[0]}:{port}" if port else listen


COMMAND = Command(
    name="up",
    summary="Run everything on this machine: broker, topics, collectors, every stage. Ctrl-C ends all of it.",
    examples=("seerflow up", "logger --server 127.0.0.1 --port 5514 --udp 'a line of yours'"),
    arguments=_arguments,
    run=_run,
)
