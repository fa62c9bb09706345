"""All collectors in one event loop, before one sink: begun together, ended together.

Law: when a delivery fails or a collector cannot go on, all stop reading; what Kafka has not is acknowledged to
nobody, so senders, files and topics give it again to whoever comes next.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from seerflow.collectors.contract import Collector, Sink
from seerflow.collectors.files import Files
from seerflow.collectors.kafka import KafkaTopic
from seerflow.collectors.otlp import Otlp
from seerflow.collectors.syslog_tcp import SyslogTcp
from seerflow.collectors.syslog_udp import SyslogUdp
from seerflow.errors import OutsideError

#: Every kind of collector. tests/contracts/test_collectors.py finds a module that is not listed.
COLLECTORS: tuple[type[Collector], ...] = (SyslogUdp, SyslogTcp, Files, Otlp, KafkaTopic)

#: So long, in seconds, collectors and Kafka may take to end. A container is killed after 30 by default.
PATIENCE = 20.0


class EndingSink(Sink, Protocol):
    """A sink that can be emptied, and that tells when a delivery failed."""

    failed: asyncio.Event

    def check(self) -> None:
        """Raise OutsideError once a delivery has failed."""

    async def flush(self, patience: float) -> None:
        """Wait until Kafka has everything; OutsideError where it has not within `patience` seconds."""


async def run_all(
    collectors: Sequence[Collector],
    sink: EndingSink,
    stopping: asyncio.Event,
    patience: float = PATIENCE,
) -> None:
    """Run until `stopping` is set, then end cleanly; raise OutsideError as soon as one cannot go on."""
    running = {asyncio.ensure_future(one.run(sink, stopping)): one.name for one in collectors}
    signs = {asyncio.ensure_future(stopping.wait()), asyncio.ensure_future(sink.failed.wait())}
    try:
        await asyncio.wait({*running, *signs}, return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        _, late = await asyncio.wait(running, timeout=patience)
    finally:
        for task in (*running, *signs):
            task.cancel()
        ends = await asyncio.gather(*running, return_exceptions=True)
    sink.check()
    for end in ends:
        if isinstance(end, Exception):
            raise end
    if late:
        names = ", ".join(sorted(running[task] for task in late))
        raise OutsideError(f"{names}: not ended within {patience:.0f} s; is the broker up?")
    await sink.flush(patience)
