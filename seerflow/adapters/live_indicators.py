"""The lists of indicators while a worker runs: read again when a file changes, in a thread, taken between two envelopes.

Law: the detector changes only in `refresh`, which the detect agent calls before an envelope, so all events of one
envelope see the same lists. A file with anything wrong in it changes nothing: the last good lists stay, and that is
said and counted. A list that is half written looks just like that, and is read again when it is whole.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from seerflow.adapters import feeds
from seerflow.detectors.contract import Seen, Stateless
from seerflow.detectors.intel.indicators import Indicators
from seerflow.model.event import Event

log = logging.getLogger(__name__)

#: Seconds between two looks at the files.
LOOK_SECONDS = 5.0
#: Problems of a list that one log line shows.
MAX_SHOWN = 3

_Read = tuple[Indicators, tuple[str, ...]]


class LiveIndicators:
    """A stateless detector over lists that may be written anew."""

    name = "intel"

    def __init__(
        self,
        paths: Sequence[Path],
        make: Callable[[Indicators], Stateless],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the lists; `problems` says what is wrong with them, and what can be used is used."""
        self._paths, self._make = tuple(paths), make
        self._clock = clock
        self._stamp = feeds.stamp(self._paths)  # before the reading: a change meanwhile is seen later
        indicators, self.problems = feeds.read_indicators(self._paths)
        self._detector = make(indicators)
        self._looked = clock()
        self._reading: Future[_Read] | None = None
        self._thread: ThreadPoolExecutor | None = None
        self.count = indicators.count
        self.taken = self.refused = 0  # times that lists were read anew, and used or not

    def on_event(self, event: Event) -> Seen:
        """Say which indicators the event names."""
        return self._detector.on_event(event)

    def refresh(self) -> None:
        """Take lists that were read meanwhile; begin to read where a file has changed. Never waits."""
        if self._reading is not None:
            if self._reading.done():
                reading, self._reading = self._reading, None
                self._take(reading)
        elif self._clock() - self._looked >= LOOK_SECONDS:
            self._looked = self._clock()
            stamp = feeds.stamp(self._paths)
            if stamp != self._stamp:
                self._stamp = stamp
                self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="indicators")
                self._reading = self._thread.submit(feeds.read_indicators, self._paths)

    def _take(self, reading: "Future[_Read]") -> None:
        try:
            indicators, problems = reading.result()
        except Exception as error:  # noqa: BLE001 - a list on which our reader breaks is a broken list
            indicators, problems = None, (f"a bug of ours: {type(error).__name__}",)
        if indicators is None or problems or (not indicators.count and self.count):
            self.refused += 1
            said = list(problems[:MAX_SHOWN]) or ["the lists are empty"]
            log.warning(
                "indicators not taken, the last good ones stay",
                extra={"problems": said, "more": max(0, len(problems) - MAX_SHOWN), "kept": self.count},
            )
            return
        self._detector, self.count = self._make(indicators), indicators.count
        self.taken += 1
        log.info("indicators taken", extra={"count": self.count, "version": indicators.version})
