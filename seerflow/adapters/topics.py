"""Topics: what topics.yaml says of them, and where a cluster differs. adapters/cluster.py makes it agree."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from seerflow.config import Kafka
from seerflow.errors import ConfigError
from seerflow.problems import find, read

#: The file in the package; in a checkout a link to the one at the top.
FILE = Path(__file__).resolve().parent.parent / "share" / "topics.yaml"

#: A record is at most this long. Envelopes stay far below (512 KB), foreign batches may not.
MAX_MESSAGE_BYTES = 2 << 20
#: A changelog is read from its beginning after a loss: small segments are compacted sooner.
CHANGELOG_SEGMENT_BYTES = 64 << 20

Count = Annotated[int, Meta(ge=1, le=1000)]
Text = Annotated[str, Meta(min_length=1)]


class Headerless(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a raw record without our headers is taken for."""

    encoding: Literal["lines", "single", "otlp_json", "otlp_proto"]
    format: str = ""  # the parser; "" recognises the format
    source: str = ""


class Topic(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One topic as topics.yaml describes it."""

    purpose: Annotated[Text, Meta(description="one sentence: what the records are")]
    partitions: Annotated[
        Literal["keyspace"] | Count, Meta(description="'keyspace' or a number from 1 to 1000")
    ] = "keyspace"
    retention_hours: Annotated[int, Meta(ge=1, le=87_600)] | None = None
    compacted: bool = False
    key: Text = "-"
    value: Text
    max_message_bytes: Annotated[int, Meta(ge=1 << 20, le=64 << 20)] = MAX_MESSAGE_BYTES
    headerless: Headerless | None = None


class Profile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large a cluster's topics are."""

    partitions: Count
    replication_factor: Annotated[int, Meta(ge=1, le=15)] = 1
    min_insync_replicas: Annotated[int, Meta(ge=1, le=15)] = 1


class Catalogue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of topics.yaml."""

    profiles: dict[str, Profile]
    topics: dict[str, Topic]

    def raw(self) -> dict[str, Topic]:
        """Give the topics that raw logs come in by: those that say what a headerless record is."""
        return {name: topic for name, topic in self.topics.items() if topic.headerless}


class Shape(Struct, frozen=True, kw_only=True):
    """One topic as a cluster has it, or should have it. `config` holds what we set, as Kafka writes it."""

    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str]


class Difference(Struct, frozen=True, kw_only=True):
    """One point in which a cluster is not as topics.yaml wants it."""

    topic: str
    what: str  # "missing", "partitions", "replication_factor" or a setting's name
    wanted: str
    actual: str
    help: str
    fixable: bool  # by `seerflow topics apply`

    def __str__(self) -> str:
        if self.what == "missing":
            return f"{self.topic}: missing; {self.help}"
        return f"{self.topic}: {self.what} is {self.actual}, wanted {self.wanted}; {self.help}"


def problems(document: Any) -> list[str]:
    """Give every problem of a topics.yaml: `$.place: fact; help`."""
    found = find(document, Catalogue)
    topics = document.get("topics") if isinstance(document, dict) else None
    for name, topic in topics.items() if isinstance(topics, dict) else ():
        if not isinstance(topic, dict):
            continue
        if bool(topic.get("compacted")) == ("retention_hours" in topic):
            found.append(
                f"$.topics.{name}: wants either retention_hours or compacted: true; "
                "a compacted topic that also deletes loses state"
            )
        if topic.get("compacted") and topic.get("key", "-") == "-":
            found.append(f"$.topics.{name}.key: missing; compaction keeps the latest record of each key")
    return found


def load(path: Path | None = None) -> Catalogue:
    """Read topics.yaml (by default the project's own); ConfigError says all that is wrong with it."""
    place = path or FILE
    try:
        document = read(place.read_bytes())
    except OSError as error:
        raise ConfigError([f"{place}: cannot be read ({error.strerror}); it lists the topics"]) from error
    except yaml.YAMLError as error:
        raise ConfigError([f"{place}: not YAML; {' '.join(str(error).split())}"]) from error
    found = problems(document)
    if found:
        raise ConfigError([f"{place.name}: {one}" for one in found])
    return msgspec.convert(document, Catalogue)


def profile(catalogue: Catalogue, kafka: Kafka) -> Profile:
    """Give the profile that the configuration names, with the counts that it sets itself."""
    if kafka.profile not in catalogue.profiles:
        raise ConfigError([f"$.kafka.profile: topics.yaml has no profile {kafka.profile!r}"])
    named = catalogue.profiles[kafka.profile]
    replicas = kafka.replication_factor or named.replication_factor
    return Profile(
        partitions=kafka.partitions or named.partitions,
        replication_factor=replicas,
        min_insync_replicas=min(named.min_insync_replicas, replicas),
    )


def shapes(catalogue: Catalogue, profile: Profile) -> tuple[Shape, ...]:
    """Give every topic as a cluster of that profile should have it, in the order of topics.yaml."""
    return tuple(_shape(name, topic, profile) for name, topic in catalogue.topics.items())


def _shape(name: str, topic: Topic, profile: Profile) -> Shape:
    config = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "max.message.bytes": str(topic.max_message_bytes),
        "min.insync.replicas": str(profile.min_insync_replicas),
        "unclean.leader.election.enable": "false",
        # Kafka deletes by the records' own stamps. A foreign producer's clock must not decide how long
        # its logs are kept, so raw topics take the broker's.
        "message.timestamp.type": "LogAppendTime" if topic.headerless else "CreateTime",
    }
    if topic.retention_hours is not None:
        config["retention.ms"] = str(topic.retention_hours * 3_600_000)
    if topic.compacted:
        config["segment.bytes"] = str(CHANGELOG_SEGMENT_BYTES)
    return Shape(
        name=name,
        partitions=profile.partitions if topic.partitions == "keyspace" else topic.partitions,
        replication_factor=profile.replication_factor,
        config=config,
    )


def differences(wanted: Iterable[Shape], actual: Mapping[str, Shape]) -> tuple[Difference, ...]:
    """Say where a cluster (`actual`, by name) is not as wanted. Other topics in the cluster are not ours."""
    return tuple(one for shape in wanted for one in _compared(shape, actual.get(shape.name)))


def _compared(wanted: Shape, actual: Shape | None) -> Iterable[Difference]:
    if actual is None:
        yield Difference(
            topic=wanted.name,
            what="missing",
            wanted=f"{wanted.partitions} partitions",
            actual="",
            help="`seerflow topics apply` creates it",
            fixable=True,
        )
        return
    if actual.partitions != wanted.partitions:
        yield Difference(
            topic=wanted.name,
            what="partitions",
            wanted=str(wanted.partitions),
            actual=str(actual.partitions),
            help="the count is fixed for life, since another one sends keys away from their cells: "
            "set kafka.partitions to what the cluster has, or begin with empty topics",
            fixable=False,
        )
    if actual.replication_factor != wanted.replication_factor:
        yield Difference(
            topic=wanted.name,
            what="replication_factor",
            wanted=str(wanted.replication_factor),
            actual=str(actual.replication_factor),
            help="set kafka.replication_factor to what the cluster has, or move the replicas with Kafka's own tool",
            fixable=False,
        )
    for name, value in wanted.config.items():
        if actual.config.get(name) != value:
            yield Difference(
                topic=wanted.name,
                what=name,
                wanted=value,
                actual=actual.config.get(name, "unset"),
                help="`seerflow topics apply` sets it",
                fixable=True,
            )
