"""Metrics: declared once, labelled from closed sets, counted from values."""

import re

import pytest
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from seerflow.adapters.metrics import BY_NAME, LABELS, METRICS, OTHER, STAGES, Metrics
from seerflow.model.alert import Alert, Cause, Delivery
from seerflow.model.finding import Finding
from seerflow.model.log import Origin, Rejected

#: Labels whose values the code that makes the metrics hands in; each from a registry or the configuration.
HANDED_IN = {"parser", "detector", "collector", "notifier", "topic", "partition"}


class Figures(Struct, frozen=True, kw_only=True):
    """As the shell gives them."""

    ready: bool = True
    records_in: int = 7
    records_out: int = 5
    bytes_in: int = 700
    commits: int = 3
    aborts: int = 1
    rebalances: int = 1
    bugs: int = 0
    expired: int = 0
    cells: int = 30
    cells_bytes: int = 900
    cells_written: int = 2
    cells_restored: int = 4
    restore_seconds: float = 0.5
    last_event_time: int = 1_000_000_000
    lag_records: dict[tuple[str, int], int] = {}
    stalled: tuple[tuple[str, int], ...] = ()


def shown(metrics: Metrics) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name.startswith("seerflow_")
    }


def test_names_follow_the_one_form():
    stages = "|".join((*STAGES, "worker"))
    for one in METRICS:
        assert re.fullmatch(rf"seerflow_({stages})(_[a-z]+)+", one.name)
        assert one.counter or not one.name.endswith("total")
        assert one.meaning
    assert len(BY_NAME) == len(METRICS)


def test_every_label_has_a_closed_set():
    assert {label for one in METRICS for label in one.labels} == set(LABELS) | HANDED_IN


def test_a_value_outside_its_set_makes_no_series():
    metrics = Metrics("detect", {"detector": ["sigma"]})
    for number in range(1000):
        metrics.add("seerflow_detect_findings_out_total", labels=(f"attacker-{number}", "high"))
    metrics.add("seerflow_detect_findings_out_total", 2, ("sigma", "high"))
    assert shown(metrics) == {
        ("seerflow_detect_findings_out_total", OTHER, "high"): 1000,
        ("seerflow_detect_findings_out_total", "sigma", "high"): 2,
    }


@pytest.mark.parametrize("labels", [(), ("sigma",), ("sigma", "high", "more")])
def test_a_wrong_count_of_labels_is_a_bug(labels):
    with pytest.raises(ValueError, match="has the labels"):
        Metrics("detect").add("seerflow_detect_findings_out_total", labels=labels)


def test_an_undeclared_name_is_a_bug():
    with pytest.raises(KeyError):
        Metrics("detect").add("seerflow_detect_surprises_total")


def test_values_are_counted():
    metrics = Metrics("correlate", {"detector": ["correlation"], "notifier": ["chat"]})
    key = (("source.ip", "198.51.100.23"),)
    finding = Finding(
        id="f", detector="correlation", rule="r", title="t", level="high", story="s", key=key, first=0, last=0
    )
    cause = Cause(detector="correlation", rule="r", title="t", level="high")
    alert = Alert(
        id="a",
        revision=1,
        notice="new",
        level="high",
        title="t",
        story="s",
        key=key,
        first=0,
        last=0,
        count=1,
        causes=(cause,),
        findings=("f",),
    )
    told = Delivery(
        alert="a", revision=1, notice="new", notifier="chat", attempt=1, state="delivered", time=0
    )
    origin = Origin("raw.syslog", 0, 0)
    metrics.found([finding, finding])
    metrics.alerted([alert])
    metrics.delivered([told])
    metrics.rejected([Rejected(origin=origin, raw=b"", stage="parse", reason="malformed")] * 3)
    assert shown(metrics) == {
        ("seerflow_correlate_findings_out_total", "correlation", "high"): 2,
        ("seerflow_alert_alerts_out_total", "high", "new"): 1,
        ("seerflow_dispatch_deliveries_total", "chat", "delivered"): 1,
        ("seerflow_parse_logs_rejected_total", "malformed"): 3,
    }


@pytest.mark.parametrize(
    ("lag", "last", "seconds"),
    [
        pytest.param({("t", 0): 9}, 1_000_000_000, 500.0, id="behind"),
        pytest.param({("t", 0): 0}, 1_000_000_000, 0.0, id="nothing left: quiet is not late"),
        pytest.param({("t", 0): 9}, 0, 0.0, id="nothing read yet"),
        pytest.param({("t", 0): 9}, 9_000_000_000_000, 0.0, id="a clock that runs ahead"),
    ],
)
def test_lag_in_seconds_is_that_of_what_is_left(lag, last, seconds):
    metrics = Metrics("parse")
    metrics.watch(Figures(lag_records=lag, last_event_time=last), now=1500.0)
    assert shown(metrics)["seerflow_worker_event_lag_seconds", "parse"] == seconds


def test_a_partition_that_went_elsewhere_is_not_shown_any_more():
    metrics = Metrics("parse")
    metrics.watch(Figures(lag_records={("t", 0): 1, ("t", 1): 2}), now=0)
    metrics.watch(Figures(lag_records={("t", 1): 3}, records_in=9), now=0)
    values = shown(metrics)
    lags = {name: value for name, value in values.items() if name[0] == "seerflow_worker_lag_records"}
    assert lags == {("seerflow_worker_lag_records", "1", "parse", "t"): 3}  # partition, stage, topic
    assert values["seerflow_worker_records_in_total", "parse"] == 9
