"""What librdkafka has to say, as log lines of ours: each kind of message once in a while, with how many there were.

A client without a broker says the same thing many times a second, for as long as the broker is away.
"""

import logging
import threading
import time
from collections.abc import Callable

from msgspec import Struct

#: Seconds for which further messages of a kind are only counted.
QUIET_SECONDS = 60.0
#: Kinds that are told apart: librdkafka has some dozens. What comes beyond is of one kind, "other".
MAX_KINDS = 64
MAX_TEXT = 300

_OTHER = "other"


class _Kind(Struct):
    """One kind of message: until when it is only counted, and what was."""

    until: float
    level: int
    suppressed: int = 0
    text: str = ""


class KafkaLog:
    """Stands where confluent_kafka wants a logger (`logger=`); may be called from any thread."""

    def __init__(
        self, log: logging.Logger | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log or logging.getLogger("seerflow.kafka")
        self._clock = clock
        self._kinds: dict[str, _Kind] = {}
        self._lock = threading.Lock()

    def log(self, level: int, form: str, *parts: object) -> None:
        """Take one message: confluent_kafka gives "%s [%s] %s" and the kind, the client, the text."""
        kind, text = str(parts[0]) if parts else _OTHER, form % parts if parts else form
        with self._lock:
            due = self._due(level, kind, text[:MAX_TEXT], self._clock())
        for said, severity, what, count in due:
            self._log.log(severity, "kafka client", extra={"kind": said, "text": what, "suppressed": count})

    def _due(self, level: int, kind: str, text: str, now: float) -> list[tuple[str, int, str, int]]:
        """Give what is to be said now: this message, and what other kinds kept back and whose time is over."""
        # Whatever the client meets, it tries again: nothing is lost by it.
        severity = min(level, logging.WARNING)
        name = kind if kind in self._kinds or len(self._kinds) < MAX_KINDS else _OTHER
        over = [(one, known) for one, known in self._kinds.items() if known.suppressed and now >= known.until]
        due = [(one, known.level, known.text, known.suppressed) for one, known in over if one != name]
        for one, _ in over:
            if one != name:
                del self._kinds[one]
        known = self._kinds.get(name)
        if known is not None and now < known.until:
            known.suppressed, known.text = known.suppressed + 1, text
            return due
        self._kinds[name] = _Kind(until=now + QUIET_SECONDS, level=severity)
        return [*due, (name, severity, text, known.suppressed if known else 0)]


#: One for all clients of the process: what one of them said, the next need not say again.
KAFKA_LOG = KafkaLog()
