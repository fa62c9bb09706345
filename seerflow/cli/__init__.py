"""The commands, thin: each module of COMMANDS reads its arguments, calls the room that does the work, prints.

Results go to stdout (one JSON object a line; a table when stdout is a terminal), everything else to stderr.
Exit codes: 0 done, 1 something was found wrong, 2 wrong use. What an operator can cause never shows a traceback.
"""

import argparse
import contextlib
import errno
import os
import sys
from collections.abc import Sequence

from seerflow import __version__
from seerflow.cli import bench, broker, check, collect, demo, ingest, parse, replay, rules, topics, up, worker
from seerflow.cli.command import Command
from seerflow.errors import ConfigError, OutsideError, SeerflowError

#: Every command, in the order in which the help shows them.
COMMANDS: tuple[Command, ...] = (
    up.COMMAND,
    demo.COMMAND,
    broker.COMMAND,
    topics.COMMAND,
    check.COMMAND,
    collect.COMMAND,
    ingest.COMMAND,
    parse.COMMAND,
    replay.COMMAND,
    rules.COMMAND,
    bench.COMMAND,
    worker.COMMAND,
)


def parser() -> argparse.ArgumentParser:
    """Build the argument parser of all commands."""
    top = argparse.ArgumentParser(
        prog="seerflow",
        description="Seerflow: a Kafka-native streaming SIEM.",
        epilog="Begin with `seerflow demo`, then `seerflow up`. `seerflow COMMAND --help` shows an example of each.",
    )
    top.add_argument("--version", action="version", version=f"seerflow {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        one = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.summary,
            epilog="example:\n  " + "\n  ".join(command.examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.add_argument("--config", metavar="FILE", help="configuration (default: $SEERFLOW_CONFIG)")
        command.arguments(one)
        one.set_defaults(run=command.run)
    return top


#: What helps against what an operating system refuses.
HELP: dict[int, str] = {
    errno.ENOSPC: "the disk is full; make room there",
    errno.EDQUOT: "the quota is used up; make room there",
    errno.EFBIG: "a file may not grow so large; look at `ulimit -f`",
    errno.EACCES: "look at the rights of the file and of the folders above it",
    errno.EPERM: "look at the rights of the file and of the folders above it",
    errno.EROFS: "nothing can be written there; name another folder ($SEERFLOW_STATE)",
    errno.EMFILE: "too many open files; look at `ulimit -n`",
}


def refused(error: OSError) -> str:
    """Say what the operating system refused: place, fact, help."""
    place = f"{error.filename}: " if error.filename else ""
    help_ = HELP.get(error.errno or 0, "")
    return f"{place}{error.strerror or error}" + (f"; {help_}" if help_ else "")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code."""
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except ConfigError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return 1
    except OutsideError as error:
        print(f"seerflow {arguments.command}: {error}", file=sys.stderr)
        return 1
    except SeerflowError as error:
        print(f"seerflow {arguments.command}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has seen enough: `seerflow … | head`
        _let_go()
        return 0
    except OSError as error:
        print(f"seerflow {arguments.command}: {refused(error)}", file=sys.stderr)
        _let_go()
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _let_go() -> None:
    """Send what stdout still holds nowhere if it cannot be written: the interpreter's end would fail on it."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError):  # a stdout without a file behind it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
