"""Kafka in KRaft mode, one node that is broker and controller: its settings, its identity, its last words."""

import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from seerflow.adapters.jars import LOCK
from seerflow.adapters.java import last_words
from seerflow.errors import OperatorError

#: Only programs of this machine reach the embedded broker.
HOST = "127.0.0.1"

LOG_SETTINGS = LOCK.parent / "kafka-log.properties"
PORT_TAKEN = "Address already in use"
DISK_FULL = "No space left on device"

#: What stands in Kafka's last words -> what a person can do.
ADVICE: dict[str, str] = {
    DISK_FULL: "the disk is full: free some space",
    "Permission denied": "the folder may not be written: look at its owner",
    "Read-only file system": "the folder may not be written: choose another state_dir",
    PORT_TAKEN: "another program took the port meanwhile: try again",
    "OutOfMemory": "the broker ran out of its 512 MB: use a cluster of yours (SEERFLOW_BOOTSTRAP)",
    "Could not reserve enough space": "the machine has too little memory: the broker wants 512 MB",
    "Cannot allocate memory": "the machine has too little memory: the broker wants 512 MB",
    "Invalid cluster.id": "the folder belongs to another cluster: choose another state_dir",
}

#: Everything but addresses and places. Sizes are those of a small machine: one disk, few clients. The session is
#: short because a killed broker cannot come back before its old session has run out.
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=16777216
log.index.size.max.bytes=2097152
"""


def server_properties(folder: Path, ports: tuple[int, int]) -> str:
    """Give the broker's server.properties. Ports: the broker's, its controller's."""
    client, controller = ports
    return SETTINGS + (
        f"controller.quorum.voters=1@{HOST}:{controller}\n"
        f"listeners=PLAINTEXT://{HOST}:{client},CONTROLLER://{HOST}:{controller}\n"
        f"advertised.listeners=PLAINTEXT://{HOST}:{client}\n"
        f"log.dirs={_escaped(folder / 'kafka')}\n"
    )


def _escaped(path: Path) -> str:
    """Write a path as java.util.Properties reads it (ISO 8859-1, backslash escapes)."""
    if "," in str(path):
        raise OperatorError(
            f"{path}: Kafka takes a comma for the end of a folder's name; choose another state_dir"
        )
    utf16 = str(path).replace("\\", "\\\\").encode("utf-16-be")
    units = [int.from_bytes(utf16[at : at + 2], "big") for at in range(0, len(utf16), 2)]
    return "".join(chr(unit) if unit < 0x7F else f"\\u{unit:04x}" for unit in units)  # noqa: PLR2004 - ASCII's end


def log_options(folder: Path) -> list[str]:
    """Give the options by which a Java program of Kafka logs into that folder."""
    return [f"-Dlog4j2.configurationFile={LOG_SETTINGS}", f"-Dseerflow.log={folder / 'broker.log'}"]


def fresh_id() -> str:
    """Give a new cluster id, as Kafka's own tool makes one: 16 bytes in base64, here never with a leading "-"."""
    return "s" + urlsafe_b64encode(secrets.token_bytes(16)).decode()[1:22]


def cluster_id(meta: str) -> str:
    """Give the cluster id that a formatted folder's meta.properties holds."""
    return dict(line.partition("=")[::2] for line in meta.splitlines()).get("cluster.id", "")


def advised(folder: Path, text: str, deed: str = "could not start") -> str:
    """Say what Kafka's last words mean for a person."""
    advice = [help_ for sign, help_ in ADVICE.items() if sign in text]
    said = advice[0] if advice else last_words(text)
    return f"the broker {deed} in {folder}: {said} (its own words: broker.log and broker.out there)"
