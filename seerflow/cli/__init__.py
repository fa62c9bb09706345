"""The commands, thin: each module of COMMANDS reads its arguments, calls the room that does the work, prints.

Results go to stdout (one JSON object a line; a table when stdout is a terminal), everything else to stderr.
Exit codes: 0 done, 1 something was found wrong, 2 wrong use. What an operator can cause never shows a traceback.
"""

import argparse
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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; give its exit code."""
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
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
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
    return code
