"""`seerflow topics`: make the cluster agree with topics.yaml, or say where it does not."""

import argparse
import sys

from msgspec.structs import asdict

from seerflow import broker
from seerflow import config as configuration
from seerflow.adapters import topics
from seerflow.adapters.cluster import Cluster
from seerflow.adapters.kafka import client_settings
from seerflow.adapters.topics import Difference, differences
from seerflow.cli.command import Command
from seerflow.cli.output import show


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "deed",
        choices=("apply", "diff", "check"),
        help="apply: create and set; diff: show what differs; check: only say whether anything does",
    )


def _run(arguments: argparse.Namespace) -> int:
    config = configuration.load(arguments.config)
    catalogue = topics.load()
    wanted = topics.shapes(catalogue, topics.profile(catalogue, config.kafka))
    cluster = Cluster(client_settings(broker.reach(config)))
    if arguments.deed == "apply":
        _print(cluster.apply(wanted), "put right")
    left = differences(wanted, cluster.shapes())
    if arguments.deed == "diff":
        _print(left, "differs")
        return 0
    for one in left:
        print(one, file=sys.stderr)
    return 1 if left else 0


def _print(found: tuple[Difference, ...], state: str) -> None:
    show([{"state": state, **asdict(one)} for one in found], ("state", "topic", "what", "actual", "wanted"))


COMMAND = Command(
    name="topics",
    summary="Make the cluster agree with topics.yaml, or say where it does not.",
    examples=("seerflow topics diff", "SEERFLOW_BOOTSTRAP=localhost:9092 seerflow topics apply"),
    arguments=_arguments,
    run=_run,
)
