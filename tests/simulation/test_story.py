"""The story, from hits to what a person hears: guessing, then success, is one alert that becomes louder once."""

import itertools

import pytest

from seerflow.alerts import show
from seerflow.alerts.cell import AlertCell
from seerflow.detectors.correlation import CorrelationDetector, problems
from seerflow.engine.cells import DictCells
from seerflow.model.finding import Evidence, Hit
from seerflow.model.identity import alert_id, event_id
from seerflow.model.log import Origin
from seerflow.rules.correlation import Correlation

SECOND = 1_000_000
NIGHT = 1_773_284_834 * SECOND  # 2026-03-12T03:07:14Z
KEY = (("source.ip", "198.51.100.23"),)

RULES = (
    Correlation(
        id="bruteforce", title="SSH password guessing", level="high", type="event_count", rules=("failure",),
        group_by=("source.ip",), timespan=60 * SECOND, conditions=(("gt", 5),), story="bruteforce",
    ),
    Correlation(
        id="bruteforce-success", title="SSH login after guessing", level="high", type="temporal_ordered",
        rules=("bruteforce", "success"), group_by=("source.ip",), timespan=3600 * SECOND, conditions=(),
        generate=True, story="bruteforce",
    ),
    Correlation(
        id="bruteforce-success-admin", title="SSH login as administrator after guessing", level="critical",
        type="temporal_ordered", rules=("bruteforce", "success-admin"), group_by=("source.ip",),
        timespan=3600 * SECOND, conditions=(), generate=True, story="bruteforce",
    ),
)  # fmt: skip


def hit(number: int, second: float, *rules: str) -> Hit:
    origin = Origin("raw.syslog", 0, 0, number)
    evidence = Evidence(
        event=event_id(origin), origin=origin, time=NIGHT + int(second * SECOND), text=f"line {number}"
    )
    return Hit(rules=rules, key=KEY, evidence=evidence)


def simulate(hits, lateness=3600 * SECOND):
    """Run hits through both keyed stages, cells in dicts. Gives findings and alerts as they came."""
    detector, alerts = CorrelationDetector(RULES, "shipped", lateness), AlertCell()
    hit_cells, alert_cells = DictCells(), DictCells()
    findings, told = [], []
    for one in hits:
        key = repr(one.key).encode()
        cell, found = detector.on_hit(one, hit_cells.get(key))
        hit_cells.put(key, cell)
        for finding in found:
            findings.append(finding)
            cell, out = alerts.on_finding(finding, alert_cells.get(alerts.key(finding)))
            alert_cells.put(alerts.key(finding), cell)
            told.extend(out)
    return findings, told


def guessing(seconds):
    return [hit(n, second, "failure") for n, second in enumerate(seconds)]


#            0    1    2    3    4    5    6 … seconds
#  failure   x x  x    x x  x
#  success                         x
STORY = [*guessing([0, 0, 1, 2, 2, 3]), hit(6, 5, "success", "success-admin")]


def test_the_rules_are_sound():
    assert problems(RULES) == ()


def test_guessing_then_success_is_one_alert_told_twice():
    findings, told = simulate(STORY)
    assert {f.rule for f in findings} == {rule.id for rule in RULES}
    assert {alert.id for alert in told} == {alert_id("bruteforce", KEY, NIGHT)}
    assert [alert.notice for alert in told if alert.notice] == ["new", "escalated"]
    last = told[-1]
    assert (last.level, last.title) == ("critical", "SSH login as administrator after guessing")
    assert [cause.rule for cause in last.causes] == [
        "bruteforce-success-admin",
        "bruteforce",
        "bruteforce-success",
    ]
    assert [e.text for e in last.evidence] == [f"line {n}" for n in range(7)]
    assert "SSH login as administrator after guessing" in show.text(last)


@pytest.mark.parametrize(
    "hits",
    [
        pytest.param(STORY[1:6], id="five failures are not more than five"),
        pytest.param([*guessing([0, 12, 24, 36, 48, 60]), STORY[6]], id="the edge is outside"),
        pytest.param([hit(9, -5, "success", "success-admin")], id="a login"),
    ],
)
def test_silence(hits):
    assert simulate(hits) == ([], [])


def test_a_success_in_the_same_second_as_the_last_failure_counts():
    """Logs with whole seconds do not say which came first."""
    hits = [*guessing([0, 1, 2, 3, 4, 5]), hit(6, 5, "success", "success-admin")]
    assert [alert.notice for alert in simulate(hits)[1] if alert.notice] == ["new", "escalated"]


def test_a_login_before_the_guessing_is_another_matter():
    findings, _ = simulate([hit(9, -5, "success", "success-admin"), *STORY[:6]])
    assert {f.rule for f in findings} == {"bruteforce"}


def test_logs_that_come_in_any_order_end_in_the_same_alert():
    ends = set()
    for order in itertools.islice(itertools.permutations(STORY), 0, None, 97):
        _, told = simulate(order)
        ends.add((told[-1].id, told[-1].level, told[-1].title, told[-1].findings))
        assert {alert.id for alert in told} == {alert_id("bruteforce", KEY, NIGHT)}
    assert len(ends) == 1


def test_a_repeated_story_is_told_once():
    assert simulate([*STORY, *STORY]) == simulate(STORY)
