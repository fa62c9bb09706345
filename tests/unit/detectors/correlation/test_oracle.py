"""The detector equals the oracle: random rules, hits, disorder, repeats, ticks, and a codec at every step."""

import importlib.util
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

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


#: Thresholds that a handful of the values below can reach, from both sides.
LEVELS = st.sampled_from([
    (("gte", 3),), (("gt", 0.5),), (("lte", 2.5),), (("lt", -1),), (("eq", 2),), (("neq", 1),),
    (("gte", -1), ("lte", 2.5)),
])  # fmt: skip
VALUES = st.sampled_from(["0", "-0.0", "1", "2.5", "-3", "1e1", "much", "nan", "inf", "1_0", ""])


@st.composite
def sums(draw) -> Correlation:
    kind = draw(st.sampled_from(["value_sum", "value_avg", "value_percentile", "value_median"]))
    percentile = draw(st.integers(1, 100)) if kind == "value_percentile" else 0
    return rule(
        kind, draw(RULES), draw(LEVELS), ("user.name",), timespan=draw(st.integers(1, 15)), percentile=percentile,
        gap=draw(GAPS),
    )  # fmt: skip


EXPRESSIONS = st.recursive(
    st.sampled_from("abc").map(lambda name: (name,)),
    lambda inner: st.one_of(
        inner.map(lambda one: (*one, "!")),
        st.tuples(inner, inner, st.sampled_from("&|")).map(lambda three: (*three[0], *three[1], three[2])),
    ),
    max_leaves=5,
)
GAPS = st.sampled_from([0, 0, 1, 3])


@st.composite
def joins(draw) -> Correlation:
    expression = draw(EXPRESSIONS.filter(lambda one: not oracle.true(oracle.parts(one), frozenset())))
    named = draw(st.permutations(sorted(set(expression) & set("abc"))))
    return rule(
        draw(st.sampled_from(["temporal", "temporal_ordered"])), named, (), expression=expression,
        timespan=draw(st.integers(1, 15)), gap=draw(GAPS),
    )  # fmt: skip


@st.composite
def sessions(draw) -> Correlation:
    one = draw(singles(COUNTS | ODD_COUNTS))
    return structs.replace(one, gap=draw(st.integers(1, 5)))


@st.composite
def silences(draw) -> Correlation:
    one = draw(st.one_of(singles(), sums(), joins(), sessions()))
    absent = draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True))
    return structs.replace(one, absent=tuple(absent), within=draw(st.integers(1, 12)))


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


MEASURED = st.lists(
    st.tuples(
        st.integers(0, 40), st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True), VALUES
    ),
    min_size=6,
    max_size=40,
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
@given(sums(), MEASURED)
def test_numbers_in_any_order(one, drawn):
    run(CorrelationDetector((one,), "r"), [one], made(drawn))


@SLOW
@given(joins(), HITS)
def test_joined_rules_in_any_order(one, drawn):
    run(CorrelationDetector((one,), "r"), [one], made(drawn))


@SLOW
@given(sessions(), HITS | DENSE)
def test_sessions_in_any_order(one, drawn):
    run(CorrelationDetector((one,), "r"), [one], made(drawn))


@SLOW
@given(joins(), DENSE)
def test_joined_rules_in_order_with_next_to_no_memory(one, drawn):
    if one.type == "temporal" and not one.gap:  # the others need their windows
        run(CorrelationDetector((one,), "r", rows=8), [one], spread(drawn))


@SLOW
@given(
    st.lists(st.one_of(silences(), sums(), joins(), sessions(), singles()), min_size=1, max_size=3),
    MEASURED,
    st.data(),
)
def test_silence_is_known_when_event_time_has_passed(rules, drawn, data):
    """Ticks come anywhere, also too early: then late hits take back what was said."""
    rules = [structs.replace(one, id=f"rule{n}") for n, one in enumerate(rules)]
    detector, live, cell, now, seen = CorrelationDetector(tuple(rules), "r", 10**6), Live(), None, 0, []
    for one in made(drawn):
        cell, findings = detector.on_hit(one, cell)
        live.take(findings)
        seen.append(one)
        if cell is not None and data.draw(st.booleans()):
            now = max(now, data.draw(st.integers(0, 50)))
            cell, findings = detector.on_time(cell, now)
            live.take(findings)
            cell = detector.on_tick(cell, now)
    if cell is not None:
        cell, findings = detector.on_time(cell, 10**3)
        live.take(findings)
        assert detector.on_time(cell, 10**3) == (cell, ())
    agree(live, oracle.truth(rules, seen, KEY))


@SLOW
@given(silences(), HITS, st.data())
def test_silence_in_order_says_nothing_that_it_takes_back(one, drawn, data):
    detector, cell, seen, now = CorrelationDetector((one,), "r", 0), None, [], 0
    live = Live()
    for hit_ in spread(drawn):
        if cell is not None and data.draw(st.booleans()):
            now = hit_.time - 1
            cell, findings = detector.on_time(cell, now)
            live.take(findings)
            assert not any(finding.retracted for finding in findings)
            agree(live, oracle.truth([one], seen, KEY, now))
            cell = cell and detector.on_tick(cell, now)
        cell, findings = detector.on_hit(hit_, cell)
        assert findings == ()
        seen.append(hit_)


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
