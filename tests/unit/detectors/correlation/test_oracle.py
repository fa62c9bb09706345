"""The detector equals the oracle: random rules, hits, disorder, repeats, ticks, and a codec at every step."""

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seerflow.detectors.correlation import CorrelationDetector
from seerflow.detectors.correlation.bounds import MAX_EPISODES
from seerflow.model.finding import Evidence, Finding, Hit
from seerflow.model.identity import event_id
from seerflow.model.log import Origin
from seerflow.rules.correlation import Correlation

_SPEC = importlib.util.spec_from_file_location("oracle", Path(__file__).with_name("oracle.py"))
oracle = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(oracle)

KEY = (("source.ip", "198.51.100.23"),)
SPAN = 10


def rule(kind: str, rules=("a",), conditions=(("gte", 3),), fields=(), **more) -> Correlation:
    return Correlation(
        id=more.pop("id", "rule"), title="t", type=kind, rules=tuple(rules), group_by=("source.ip",),
        timespan=more.pop("timespan", SPAN), conditions=tuple(conditions), fields=tuple(fields), story="s", **more,
    )  # fmt: skip


def hit(number: int, time: int, rules=("a",), value="x") -> Hit:
    origin = Origin("raw.test", 0, number)
    evidence = Evidence(event=event_id(origin), origin=origin, time=time, text=f"line {number}")
    return Hit(rules=tuple(rules), key=KEY, evidence=evidence, fields={"user.name": value})


class Live:
    """What a reader of findings holds: the latest revision of each that was not retracted."""

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}
        self.revisions: dict[str, int] = {}

    def take(self, findings) -> None:
        for finding in findings:
            assert finding.revision > self.revisions.get(finding.id, 0)
            self.revisions[finding.id] = finding.revision
            self.findings.pop(finding.id, None)
            if not finding.retracted:
                self.findings[finding.id] = finding
        assert not {f.replaces for f in findings} & self.findings.keys()


def agree(live: Live, truths) -> None:
    assert live.findings.keys() == truths.keys()
    for finding_id, finding in live.findings.items():
        true = truths[finding_id]
        assert finding.first == true.first
        assert finding.last <= true.last
        assert finding.count <= true.count < 2 * finding.count


COUNTS = st.sampled_from([
    (("gte", 1),), (("gte", 2),), (("gte", 3),), (("gt", 2),), (("gte", 5),),
])  # fmt: skip
ODD_COUNTS = st.sampled_from([
    (("lte", 2),), (("lt", 3),), (("eq", 2),), (("neq", 1),), (("gte", 2), ("lte", 3)),
])  # fmt: skip
RULES = st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True)


@st.composite
def singles(draw, counts=COUNTS) -> Correlation:
    kind = draw(st.sampled_from(["event_count", "value_count", "temporal", "temporal_ordered"]))
    conditions = () if kind == "temporal_ordered" else draw(counts)
    fields = ("user.name",) if kind == "value_count" else ()
    return rule(kind, draw(RULES), conditions, fields, timespan=draw(st.integers(1, 15)))


@st.composite
def chains(draw, counts=COUNTS) -> list[Correlation]:
    """One to three rules, each of which may listen to those before it."""
    found: list[Correlation] = []
    for number in range(draw(st.integers(1, 3))):
        one = draw(singles(counts))
        names = list(one.rules)
        if found and one.type != "value_count":
            names = draw(st.permutations([*names, draw(st.sampled_from(found)).id]))
        found.append(rule(
            one.type, names, one.conditions, one.fields, timespan=one.timespan, id=f"rule{number}",
            generate=draw(st.booleans()),
        ))  # fmt: skip
    return found


HITS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True),
        st.sampled_from("uvwxyz"),
    ),
    min_size=6,
    max_size=40,
)
DENSE = st.lists(
    st.tuples(st.integers(0, 8), st.just(["a"]) | st.just(["b"]), st.sampled_from("uvwx")),
    min_size=20,
    max_size=60,
)


def made(drawn) -> list[Hit]:
    return [hit(n, time, rules, value) for n, (time, rules, value) in enumerate(drawn)]


def spread(drawn) -> list[Hit]:
    """Hits in order, with the drawn numbers as steps."""
    time, hits = 0, []
    for n, (step, rules, value) in enumerate(drawn):
        time += step // 2
        hits.append(hit(n, time, rules, value))
    return sorted(hits, key=lambda h: (h.time, h.evidence.event))


def run(detector, rules, hits, ticks=None) -> Live:
    live, cell, seen = Live(), None, []
    for number, one in enumerate(hits):
        cell, findings = detector.on_hit(one, cell)
        live.take(findings)
        seen.append(one)
        agree(live, oracle.truth(rules, seen, KEY))
        if ticks and cell is not None:
            cell = detector.on_tick(cell, ticks(number))
    return live


#: More of them: SEERFLOW_EXAMPLES=2000 pytest tests/unit/detectors/correlation
EXAMPLES = int(os.environ.get("SEERFLOW_EXAMPLES", "40"))
SLOW = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@SLOW
@given(singles(COUNTS | ODD_COUNTS), HITS)
def test_any_rule_any_order(one, drawn):
    run(CorrelationDetector((one,), "r"), [one], made(drawn))


@SLOW
@given(chains(), HITS)
def test_chains_in_any_order(rules, drawn):
    run(CorrelationDetector(tuple(rules), "r"), rules, made(drawn))


@SLOW
@given(chains(COUNTS | ODD_COUNTS), HITS)
def test_chains_on_rules_that_more_hits_can_silence(rules, drawn):
    run(CorrelationDetector(tuple(rules), "r"), rules, made(drawn))


@SLOW
@given(singles(COUNTS | ODD_COUNTS), DENSE, st.randoms(use_true_random=False))
def test_thinning_loses_nothing(one, drawn, chance):
    """Rows are thinned from the sixteenth on; event counts stay exact in any order however dense the hits."""
    hits = spread(drawn)
    if one.type == "event_count":
        hits = [h for h in hits if h.time < MAX_EPISODES * one.timespan]  # so there are no more episodes
        chance.shuffle(hits)
    run(CorrelationDetector((one,), "r", rows=64), [one], hits)


@SLOW
@given(chains(), DENSE)
def test_in_order_with_next_to_no_memory(rules, drawn):
    run(CorrelationDetector(tuple(rules), "r", rows=8), rules, spread(drawn))


@SLOW
@given(singles(ODD_COUNTS), DENSE)
def test_odd_conditions_in_order_with_next_to_no_memory(one, drawn):
    run(CorrelationDetector((one,), "r", rows=8), [one], spread(drawn))


@SLOW
@given(chains(), HITS | DENSE, st.integers(0, 10), st.data())
def test_ticks_never_change_a_verdict(rules, drawn, lateness, data):
    """Hits come up to `lateness` later than the watermark, and ticks as far ahead as that allows."""
    hits = spread(drawn)
    order = sorted(hits, key=lambda h: h.time + data.draw(st.integers(0, lateness)))
    soonest = [min((h.time for h in order[n + 1 :]), default=0) for n in range(len(order))]
    detector = CorrelationDetector(tuple(rules), "r", lateness=lateness)
    run(detector, rules, order, ticks=lambda n: soonest[n] + lateness)


@SLOW
@given(chains(), HITS, st.data())
def test_a_repeat_changes_nothing(rules, drawn, data):
    detector = CorrelationDetector(tuple(rules), "r")
    cell, hits = None, made(drawn)
    for number, one in enumerate(hits):
        cell, _ = detector.on_hit(one, cell)
        again = hits[data.draw(st.integers(0, number))]
        assert detector.on_hit(again, cell) == (cell, ())


@pytest.mark.parametrize("kind", ["event_count", "value_count", "temporal", "temporal_ordered"])
def test_after_the_last_tick_nothing_is_left(kind):
    one = rule(kind, "ab" if "temporal" in kind else "a", (("gte", 2),), ("user.name",))
    detector = CorrelationDetector((one,), "r", lateness=5)
    cell = None
    for n in range(6):
        cell, _ = detector.on_hit(hit(n, n, "ab"[n % 2], "uv"[n % 2]), cell)
    assert detector.on_tick(cell, 5) is not None
    assert detector.on_tick(cell, 5 + 5 + SPAN + 1) is None
