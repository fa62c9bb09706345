"""Values to the bytes of Kafka records and back: newline-delimited JSON, one document a line.

JSON because every tool reads it; one record carries many documents because a record is what costs
(docs/ARCHITECTURE.md, Envelopes). A document never holds a raw newline: JSON escapes it.
"""

from collections.abc import Iterable

import msgspec
import orjson

from seerflow.adapters.documents import event_document, event_out_of, seerflow_part
from seerflow.model.alert import Alert, Delivery
from seerflow.model.event import Event
from seerflow.model.finding import Finding, Hit
from seerflow.model.log import Rejected
from seerflow.parsers.timestamps import rfc3339

_encode = msgspec.json.Encoder(enc_hook=None)
_hits = msgspec.json.Decoder(Hit)
_findings = msgspec.json.Decoder(Finding)
_alerts = msgspec.json.Decoder(Alert)
_deliveries = msgspec.json.Decoder(Delivery)

Line = Hit | Finding | Alert | Delivery


def line(value: Line) -> bytes:
    """Encode one value as one JSON document."""
    return _encode.encode(value)


def lines(values: Iterable[Line]) -> bytes:
    """Encode values, one JSON document a line."""
    return _encode.encode_lines(values)[:-1]


def event_line(event: Event) -> bytes:
    """Encode one event as its ECS document: the bytes of `event_document`, without a copy of its common view."""
    if not event.common or type(event.native) is not dict:
        return orjson.dumps(event_document(event))
    ours = {"event.original": event.text, "native": event.native, "seerflow": seerflow_part(event)}
    common, rest = orjson.dumps(event.common), orjson.dumps(ours)
    return b'{"@timestamp":"%b",%b,%b' % (rfc3339(event.time).encode(), common[1:-1], rest[1:])


def events(value: bytes) -> list[Event]:
    """Decode the events of one record."""
    return [event_out_of(orjson.loads(line)) for line in value.split(b"\n") if line]


def hits(value: bytes) -> list[Hit]:
    """Decode the hits of one record."""
    return _hits.decode_lines(value)


def findings(value: bytes) -> list[Finding]:
    """Decode the findings of one record."""
    return _findings.decode_lines(value)


def alerts(value: bytes) -> list[Alert]:
    """Decode the alerts of one record."""
    return _alerts.decode_lines(value)


def deliveries(value: bytes) -> list[Delivery]:
    """Decode the deliveries of one record."""
    return _deliveries.decode_lines(value)


def rejected_line(one: Rejected) -> bytes:
    """Encode what was set aside: its bytes in base64, so that none is lost, with place and reason."""
    return msgspec.json.encode(one)


def rejected(value: bytes) -> list[Rejected]:
    """Decode the rejected logs of one record."""
    return msgspec.json.Decoder(Rejected).decode_lines(value)
