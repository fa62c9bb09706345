"""Every metric, declared once. Values are counted from what a batch made, once per batch.

Law: a label's values come from a closed set that the code or the configuration names, never from a log: whoever
writes logs must not be able to make time series. What is in no set is counted under "other".
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest

from seerflow.model.alert import NOTICES, Alert, Delivery
from seerflow.model.finding import LEVELS, Finding
from seerflow.model.log import REASONS, Rejected

STAGES = ("collect", "parse", "detect", "correlate", "profile", "alert", "dispatch")

#: What `/metrics` answers with (Prometheus text format 0.0.4).
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

OTHER = "other"

Labels = tuple[str, ...]


class Declared(Struct, frozen=True):
    """One metric: counters end in `_total`, gauges in their unit."""

    name: str
    meaning: str
    labels: Labels = ()

    @property
    def counter(self) -> bool:
        """Whether it only grows."""
        return self.name.endswith("_total")


#: Labels whose values are known here; the values of the others are handed in (parsers, detectors, …).
LABELS: dict[str, tuple[str, ...]] = {
    "bound": ("intel_findings", "list_elements", "pattern_characters"),
    "level": LEVELS,
    "notice": tuple(one or "none" for one in NOTICES),
    "reason": (*REASONS, "queue_full", "rate", "too_many_connections"),
    "stage": STAGES,
    "state": ("delivered", "failed", "given_up"),
    "verdict": ("taken", "refused"),
}

_BY_STAGE = {"detect": "events_in_total", "correlate": "hits_in_total", "profile": "hits_in_total"}

METRICS: tuple[Declared, ...] = (
    # What every worker has: from the shell's figures.
    Declared("seerflow_worker_records_in_total", "Kafka records handled", ("stage",)),
    Declared("seerflow_worker_records_out_total", "Kafka records produced", ("stage",)),
    Declared("seerflow_worker_bytes_in_total", "bytes of the Kafka records handled", ("stage",)),
    Declared("seerflow_worker_records_expired_total", "records that retention took unread", ("stage",)),
    Declared("seerflow_worker_commits_total", "transactions committed", ("stage",)),
    Declared("seerflow_worker_aborts_total", "transactions taken back", ("stage",)),
    Declared("seerflow_worker_rebalances_total", "changes of the owned partitions", ("stage",)),
    Declared("seerflow_worker_bugs_total", "errors of ours that were contained", ("stage",)),
    Declared("seerflow_worker_cells_written_total", "cells written", ("stage",)),
    Declared("seerflow_worker_cells_restored_total", "cells restored from the changelog", ("stage",)),
    Declared("seerflow_worker_restore_seconds", "time that the restores took", ("stage",)),
    Declared("seerflow_worker_ready", "1 where the worker owns, has restored and moves", ("stage",)),
    Declared("seerflow_worker_event_lag_seconds", "age of the last record, 0 with nothing left", ("stage",)),
    Declared("seerflow_worker_lag_records", "records not yet read", ("stage", "topic", "partition")),
    Declared("seerflow_worker_stalled_partitions", "partitions that have work and stand still", ("stage",)),
    Declared("seerflow_worker_cells", "cells held, as RocksDB estimates", ("stage",)),
    Declared("seerflow_worker_cells_bytes", "their bytes, in files and buffers", ("stage",)),
    # What each stage does.
    Declared("seerflow_collect_logs_in_total", "logs received", ("collector",)),
    Declared("seerflow_collect_bytes_in_total", "bytes received", ("collector",)),
    Declared("seerflow_collect_logs_dropped_total", "logs that were lost here", ("collector", "reason")),
    Declared("seerflow_parse_logs_in_total", "logs read"),
    Declared("seerflow_parse_events_out_total", "events made", ("parser",)),
    Declared("seerflow_parse_logs_rejected_total", "logs not understood", ("reason",)),
    *(Declared(f"seerflow_{stage}_{name}", "what came in") for stage, name in _BY_STAGE.items()),
    *(
        Declared(f"seerflow_{stage}_findings_out_total", "findings reported", ("detector", "level"))
        for stage in _BY_STAGE
    ),
    *(
        Declared(f"seerflow_{stage}_rule_errors_total", "times that a rule failed on an event")
        for stage in _BY_STAGE
    ),
    Declared("seerflow_detect_bounds_reached_total", "times that an event reached a bound", ("bound",)),
    Declared("seerflow_detect_indicators", "indicators that events are compared with"),
    Declared("seerflow_detect_indicator_reloads_total", "changed lists of indicators", ("verdict",)),
    Declared("seerflow_detect_hits_out_total", "hits sent to cells", ("detector",)),
    Declared("seerflow_alert_findings_in_total", "findings judged"),
    Declared("seerflow_alert_alerts_out_total", "revisions of alerts", ("level", "notice")),
    Declared("seerflow_dispatch_alerts_in_total", "revisions of alerts read"),
    Declared("seerflow_dispatch_deliveries_total", "attempts to tell somebody", ("notifier", "state")),
    Declared("seerflow_dispatch_pending_alerts", "alerts with something still to be told"),
)

BY_NAME: dict[str, Declared] = {one.name: one for one in METRICS}


class Figures(Protocol):
    """What the shell knows about a worker: counts since its start, and how far it is."""

    @property
    def ready(self) -> bool: ...

    @property
    def records_in(self) -> int: ...

    @property
    def records_out(self) -> int: ...

    @property
    def bytes_in(self) -> int: ...

    @property
    def commits(self) -> int: ...

    @property
    def aborts(self) -> int: ...

    @property
    def rebalances(self) -> int: ...

    @property
    def bugs(self) -> int: ...

    @property
    def expired(self) -> int: ...

    @property
    def cells(self) -> int: ...

    @property
    def cells_bytes(self) -> int: ...

    @property
    def cells_written(self) -> int: ...

    @property
    def cells_restored(self) -> int: ...

    @property
    def restore_seconds(self) -> float: ...

    @property
    def last_event_time(self) -> int: ...

    @property
    def lag_records(self) -> Mapping[tuple[str, int], int]: ...

    @property
    def stalled(self) -> tuple[tuple[str, int], ...]: ...


#: Attribute of Figures -> metric.
_FROM_FIGURES = {
    "records_in": "seerflow_worker_records_in_total",
    "records_out": "seerflow_worker_records_out_total",
    "bytes_in": "seerflow_worker_bytes_in_total",
    "expired": "seerflow_worker_records_expired_total",
    "commits": "seerflow_worker_commits_total",
    "aborts": "seerflow_worker_aborts_total",
    "rebalances": "seerflow_worker_rebalances_total",
    "bugs": "seerflow_worker_bugs_total",
    "cells": "seerflow_worker_cells",
    "cells_bytes": "seerflow_worker_cells_bytes",
    "cells_written": "seerflow_worker_cells_written_total",
    "cells_restored": "seerflow_worker_cells_restored_total",
    "restore_seconds": "seerflow_worker_restore_seconds",
}


class Metrics:
    """One process's figures, and their text. `known` gives the values of labels that are named elsewhere."""

    def __init__(self, stage: str, known: Mapping[str, Collection[str]] | None = None) -> None:
        self._stage = stage
        self._known = {name: frozenset(values) for name, values in {**LABELS, **(known or {})}.items()}
        self._values: dict[str, dict[Labels, float]] = {one.name: {} for one in METRICS}
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def add(self, name: str, amount: float = 1, labels: Labels = ()) -> None:
        """Add to a counter."""
        values, place = self._values[name], self._closed(BY_NAME[name], labels)
        values[place] = values.get(place, 0) + amount

    def put(self, name: str, value: float, labels: Labels = ()) -> None:
        """Say what a gauge shows now, or what a counter that is counted elsewhere has come to."""
        self._values[name][self._closed(BY_NAME[name], labels)] = value

    def watch(self, figures: Figures, now: float) -> None:
        """Take over the shell's figures. `now`: seconds since 1970."""
        stage = (self._stage,)
        for attribute, name in _FROM_FIGURES.items():
            self.put(name, getattr(figures, attribute), stage)
        behind = any(figures.lag_records.values()) and figures.last_event_time
        age = max(0.0, now - figures.last_event_time / 1_000_000) if behind else 0.0
        self.put("seerflow_worker_event_lag_seconds", age, stage)
        self.put("seerflow_worker_ready", int(figures.ready), stage)
        self.put("seerflow_worker_stalled_partitions", len(figures.stalled), stage)
        # Whole, so that a partition which went elsewhere does not stay here with its last figure.
        self._values["seerflow_worker_lag_records"] = {
            (self._stage, topic, str(partition)): float(lag)
            for (topic, partition), lag in figures.lag_records.items()
        }

    def rejected(self, what: Iterable[Rejected]) -> None:
        """Count what was not understood."""
        for reason, count in Counter(one.reason for one in what).items():
            self.add("seerflow_parse_logs_rejected_total", count, (reason,))

    def found(self, what: Iterable[Finding]) -> None:
        """Count what this worker's detectors report."""
        for labels, count in Counter((one.detector, one.level) for one in what).items():
            self.add(f"seerflow_{self._stage}_findings_out_total", count, labels)

    def alerted(self, what: Iterable[Alert]) -> None:
        """Count revisions of alerts."""
        for labels, count in Counter((one.level, one.notice or "none") for one in what).items():
            self.add("seerflow_alert_alerts_out_total", count, labels)

    def delivered(self, what: Iterable[Delivery]) -> None:
        """Count attempts to tell somebody."""
        for labels, count in Counter((one.notifier, one.state) for one in what).items():
            self.add("seerflow_dispatch_deliveries_total", count, labels)

    def text(self) -> bytes:
        """Give all figures in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Give the figures as prometheus-client wants them."""
        for declared in METRICS:
            values = dict(self._values[declared.name])  # whole under the interpreter's lock
            if values:
                yield _family(declared, values)

    def describe(self) -> list[Metric]:
        """Say nothing at registration: names are checked where they are declared."""
        return []

    def _closed(self, declared: Declared, labels: Labels) -> Labels:
        if len(labels) != len(declared.labels):
            raise ValueError(f"{declared.name} has the labels {declared.labels}")
        return tuple(
            value if value in self._known.get(name, ()) else OTHER
            for name, value in zip(declared.labels, labels, strict=True)
        )


def _family(declared: Declared, values: Mapping[Labels, float]) -> Metric:
    kind = CounterMetricFamily if declared.counter else GaugeMetricFamily
    family = kind(declared.name, declared.meaning, labels=declared.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family
