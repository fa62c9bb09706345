"""Windows by example, what a finding shows, what cannot be evaluated, and how small a flooded cell stays."""

import msgspec
import pytest

from seerflow.detectors.correlation import CorrelationDetector, problems
from seerflow.model.finding import MAX_EVIDENCE, Evidence, Hit
from seerflow.model.identity import event_id, finding_id
from seerflow.model.log import Origin
from seerflow.rules.correlation import Correlation

KEY = (("source.ip", "198.51.100.23"),)
SECOND = 1_000_000


def rule(kind="event_count", rules="a", n=3, **more) -> Correlation:
    values = {
        "id": "r", "title": "t", "type": kind, "rules": tuple(rules), "group_by": ("source.ip",),
        "timespan": 60 * SECOND, "conditions": (("gte", n),) if n else (), "story": "s",
    }  # fmt: skip
    return Correlation(**(values | more))


def hit(number: int, second: float, rules="a", key=KEY, **fields) -> Hit:
    origin = Origin("raw.test", 0, number)
    time = int(second * SECOND)
    evidence = Evidence(event=event_id(origin), origin=origin, time=time, text=f"line {number}")
    return Hit(rules=tuple(rules), key=key, evidence=evidence, fields=fields)


def show(rules, hits, **options):
    detector, cell, found = CorrelationDetector(tuple(rules), "set1", **options), None, []
    for one in hits:
        cell, findings = detector.on_hit(one, cell)
        found += findings
    return found, cell


def timeline(text: str):
    """`0a 30b 59ab`: seconds and the rules that matched."""
    return [
        hit(n, float(word.rstrip("abc")), word.lstrip("0123456789.")) for n, word in enumerate(text.split())
    ]


@pytest.mark.parametrize(
    ("kind", "rules", "n", "hits", "fires"),
    [
        #            0        30        60        90
        #  hits      xx                  x            the first two have just left
        pytest.param("event_count", "a", 3, "0a 0a 59.999999a", 1, id="just inside the timespan"),
        pytest.param("event_count", "a", 3, "0a 0a 60a", 0, id="the edge is outside"),
        pytest.param("event_count", "a", 3, "0a 1b 2c", 0, id="other rules' hits"),
        pytest.param("event_count", "ab", 3, "0a 1b 2ab", 1, id="any of its rules, each event once"),
        pytest.param("event_count", "ab", 3, "0ab 2ab", 0, id="two events are two, whatever they match"),
        pytest.param(
            "event_count", "a", 3, "0a 0a 1a 61a 61a 61a", 1, id="firing a timespan apart is one episode"
        ),
        pytest.param("event_count", "a", 3, "0a 0a 1a 61.1a 61.1a 61.1a", 2, id="a longer gap makes two"),
        pytest.param("temporal", "abc", 0, "0c 1b 2a", 1, id="all, in any order"),
        pytest.param("temporal", "abc", 0, "0c 1b 60a", 0, id="not within the timespan"),
        pytest.param("temporal", "abc", 2, "0c 1b", 1, id="any two of three"),
        pytest.param("temporal_ordered", "abc", 0, "0a 1b 2c", 1, id="in order"),
        pytest.param("temporal_ordered", "abc", 0, "0c 1b 2a", 0, id="in reverse"),
        pytest.param("temporal_ordered", "abc", 0, "0a 1c 2b 3c", 1, id="with others between"),
        pytest.param("temporal_ordered", "ab", 0, "5b 5a", 1, id="the same time may be in order"),
    ],
)
def test_when_it_fires(kind, rules, n, hits, fires):
    found, _ = show([rule(kind, rules, n)], timeline(hits))
    assert len({f.id for f in found}) == fires


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        pytest.param([{"u": "1"}, {"u": "2"}, {"u": "3"}], 1, id="three values"),
        pytest.param([{"u": "1"}, {"u": "2"}, {"u": "1"}], 0, id="two of them alike"),
        pytest.param([{"u": "1"}, {"u": "2"}, {}], 0, id="a missing value is none"),
    ],
)
def test_different_values(values, fires):
    found, _ = show([rule("value_count", fields=("u",))], [hit(n, n, **v) for n, v in enumerate(values)])
    assert len(found) == fires


def test_several_fields_are_counted_as_tuples():
    rules = [rule("value_count", fields=("u", "h"))]
    assert show(rules, [hit(n, n, u=str(n % 2), h=str(n // 2)) for n in range(3)])[0]
    assert not show(rules, [hit(n, n, u=str(n % 2), h="1") for n in range(9)])[0]


def test_what_a_finding_says():
    one = rule(level="high", tags=("attack.t1110",), authors=("someone",), licence="DRL-1.1")
    hits = [hit(n, n) for n in range(3)]
    [found], _ = show([one], hits)
    assert found.id == finding_id("r", KEY, hits[0].evidence.event)
    assert (found.detector, found.rule, found.ruleset, found.level) == ("correlation", "r", "set1", "high")
    assert (found.first, found.last, found.count, found.revision) == (0, 2 * SECOND, 3, 1)
    assert found.evidence == tuple(one.evidence for one in hits)
    assert (found.tags, found.authors, found.licence) == (one.tags, one.authors, one.licence)
    assert found.reasons[0].text == "3 hits; event_count gte 3 within 60 s"


def test_it_speaks_again_when_the_count_has_doubled():
    found, _ = show([rule()], [hit(n, n) for n in range(50)])
    assert [(f.revision, f.count) for f in found] == [(1, 3), (2, 6), (3, 12), (4, 24), (5, 48)]
    assert len({f.id for f in found}) == 1


def test_evidence_is_the_first_three_and_the_latest():
    found, _ = show([rule()], [hit(n, n) for n in range(200)])
    last = found[-1]
    assert last.count == 192
    assert len(last.evidence) == MAX_EVIDENCE
    assert [e.text for e in last.evidence] == [f"line {n}" for n in (0, 1, 2, *range(183, 192))]


def test_a_late_hit_moves_the_beginning():
    """The finding that it makes wrong is taken back, and the new one says which it replaces."""
    hits = [hit(1, 30), hit(2, 40), hit(3, 50), hit(0, 20)]
    found, _ = show([rule()], hits)
    first, new, old = found
    assert (new.revision, new.retracted, new.replaces) == (1, False, first.id)
    assert new.id == finding_id("r", KEY, hits[3].evidence.event)
    assert (old.id, old.revision, old.retracted) == (first.id, 2, True)
    assert new.evidence[0] == hits[3].evidence


def test_a_late_hit_joins_two():
    #  seconds  0 1           61.5 62        late: 31, so firing hits are at 1, 31, 61.5, 62
    hits = [hit(0, 0), hit(1, 1), hit(2, 61.5), hit(3, 62), hit(4, 31)]
    found, _ = show([rule(n=2)], hits)
    one, two, joined, gone = found
    assert (joined.id, joined.revision, joined.count, joined.replaces) == (one.id, 2, 5, two.id)
    assert (gone.id, gone.retracted) == (two.id, True)


def test_late_hits_in_a_flood_leave_the_count_exact():
    """Most rows of the flood were thinned out by then, some of them with others' counts on them."""
    hits = [hit(n, n / 10) for n in range(364)]
    hits[250:250] = [hit(1000 + n, 5.05 + 0.5 * n) for n in range(40)]
    found, cell = show([rule(timespan=2 * SECOND)], hits, rows=1000)
    assert [f.count for f in found] == [3 * 2**n for n in range(8)]
    assert found[-1].last == 34.3 * SECOND
    assert len(cell) < 12_000


def test_a_late_hit_that_silences_a_rule_takes_back_what_listened_to_it():
    alone = rule(n=0, id="alone", conditions=(("lte", 1),))
    chain = rule("temporal", ("alone", "b"), 0, id="chain", timespan=3 * SECOND // 2)
    found, _ = show([alone, chain], [hit(0, 10), hit(1, 11, "b"), hit(2, 9)])
    assert [(f.rule, f.revision, f.retracted) for f in found] == [("chain", 1, False), ("chain", 2, True)]


@pytest.mark.parametrize(("generate", "said"), [(False, {"chain"}), (True, {"n", "chain"})])
def test_who_speaks_in_a_chain(generate, said):
    chain = rule("temporal_ordered", ("n", "b"), 0, id="chain", generate=generate)
    found, _ = show([chain, rule(id="n")], timeline("0a 1a 2a 3b"))
    assert {f.rule for f in found} == said
    assert [e.text for e in found[-1].evidence] == ["line 2", "line 3"]


def test_a_group_without_fields_is_one_cell():
    found, _ = show([rule(group_by=())], [hit(n, n, key=()) for n in range(3)])
    assert found[0].key == ()


def test_what_nobody_listens_to_leaves_the_cell_alone():
    detector = CorrelationDetector((rule(),), "set1")
    assert detector.on_hit(hit(0, 0, "z"), None) == (None, ())
    assert detector.on_hit(hit(0, 0, key=(("user.name", "a"),)), b"\x01") == (b"\x01", ())


def test_a_changed_rule_starts_over_and_its_old_track_goes_with_the_next_tick():
    _, cell = show([rule()], [hit(0, 0), hit(1, 1)])
    changed = CorrelationDetector((rule(timespan=61 * SECOND),), "set2")
    assert changed.on_tick(cell, 0) is None
    renamed = CorrelationDetector((rule(title="other words"),), "set3")
    assert renamed.on_hit(hit(2, 2), cell)[1]


def test_a_cell_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version 9"):
        CorrelationDetector((rule(),), "set1").on_hit(hit(0, 0), b"\x09")


@pytest.mark.parametrize(
    ("one", "told"),
    [
        pytest.param(rule(), None, id="sound"),
        pytest.param(rule("value_mode"), "type value_mode is not evaluated", id="type"),
        pytest.param(rule("value_sum"), "which field", id="a sum of nothing"),
        pytest.param(rule("value_avg", fields=("u", "v")), "one field", id="two fields"),
        pytest.param(rule("value_percentile", fields=("u",)), "percentile", id="no percentile"),
        pytest.param(rule("value_sum", fields=("u",), n=-20_000), None, id="a sum below nothing"),
        pytest.param(
            rule("temporal", "a", 0, expression=("b",)), "does not list", id="a stranger in the condition"
        ),
        pytest.param(rule("temporal", "a", 0, expression=("a", "!")), "none of its rules", id="always"),
        pytest.param(rule(absent=("b",)), "go together", id="absent for how long"),
        pytest.param(rule(absent=("r",), within=5), "waits for silence", id="waits for itself"),
        pytest.param(rule(timespan=0), "timespan", id="timespan"),
        pytest.param(rule(rules=""), "names no rules", id="no rules"),
        pytest.param(rule(rules="aa"), "twice", id="twice"),
        pytest.param(rule(rules=[f"r{n}" for n in range(65)]), "more than 64", id="too many rules"),
        pytest.param(rule(n=0), "no condition", id="no condition"),
        pytest.param(rule(conditions=(("near", 3),)), "operators are", id="operator"),
        pytest.param(rule(n=20_000), "above 10000", id="threshold"),
        pytest.param(rule(n=-1), "negative", id="negative"),
        pytest.param(rule("value_count"), "which field", id="no field"),
        pytest.param(rule("temporal_ordered", "ab", 1), "wants all", id="part of an order"),
        pytest.param(rule(rules="r"), "listens to itself", id="ring"),
    ],
)
def test_problems(one, told):
    found = problems((one,))
    assert bool(found) == (told is not None)
    if told:
        assert told in found[0]
        assert found[0].startswith("correlation r: ")
        assert CorrelationDetector((one,), "set1").on_hit(hit(0, 0), None) == (None, ())


def test_what_is_silenced_is_silent_along_the_whole_chain():
    """Only the first two of a second count; what stood on the third falls with it, two rules further on."""
    few = rule(id="few", conditions=(("lte", 2),))
    rules = [few, rule(rules=("few",), n=1, id="next"), rule(rules=("next",), n=1, id="last")]
    hits = sorted([hit(n, 0) for n in range(3)], key=lambda one: one.evidence.event)
    found, _ = show(rules, [hits[2], hits[0], hits[1]])
    standing = {finding.id: finding for finding in found}
    [left] = [finding for finding in standing.values() if not finding.retracted]
    assert (left.rule, left.count) == ("last", 2)


def numbered(*values):
    return [hit(n, n, bytes_out=str(value)) for n, value in enumerate(values)]


@pytest.mark.parametrize(
    ("kind", "values", "fires"),
    [
        pytest.param("value_sum", (40, 40, 19.5), 0, id="a sum below"),
        pytest.param("value_sum", (40, 40, 20), 1, id="a sum"),
        pytest.param("value_avg", (40, 100, 160), 1, id="a mean"),
        pytest.param("value_avg", (99, 99, 101), 0, id="a mean below"),
        pytest.param("value_median", (1, 900, 100), 1, id="a middle"),
        pytest.param("value_median", (1, 100, 1), 0, id="a middle below"),
        pytest.param("value_median", (98, 1, 103), 0, id="between two"),
        pytest.param("value_percentile", (1, 1, 1, 99, 99, 99), 0, id="a rank below"),
        pytest.param("value_percentile", (1, 1, 1, 1, 100), 1, id="a rank"),
    ],
)
def test_numbers(kind, values, fires):
    one = rule(kind, fields=("bytes_out",), n=100, percentile=90 if kind == "value_percentile" else 0)
    found, _ = show([one], numbered(*values))
    assert len(found) == fires


def test_a_sum_of_very_many_is_still_a_sum():
    """A hundred thousand bytes in single bytes: rows are merged, no byte is lost, and the finding says so."""
    one = rule("value_sum", fields=("b",), n=5_000, timespan=3600 * SECOND)
    found, cell = show([one], [hit(n, n / 2, b="1") for n in range(5_001)])
    assert found[0].count == 5_000
    assert "older hits were set aside" in found[0].reasons[1].text
    assert len(cell) < 80_000


def test_a_rank_of_very_many_is_one_of_samples():
    one = rule(
        "value_median", fields=("b",), conditions=(("gte", 2_450), ("lte", 2_550)), timespan=3600 * SECOND
    )
    found, _ = show([one], [hit(n, n / 2, b=str(n * 7 % 5_001)) for n in range(5_001)])
    assert found


def waiting(hits, now, **more):
    detector = CorrelationDetector((rule(n=1, absent=("b",), within=300 * SECOND, **more),), "set1")
    cell = None
    for one in hits:
        cell, found = detector.on_hit(one, cell)
        assert found == ()
    return detector, *detector.on_time(cell, int(now * SECOND))


@pytest.mark.parametrize(
    ("hits", "now", "fires"),
    [
        pytest.param("0a", 299, 0, id="not yet"),
        pytest.param("0a", 300, 1, id="nothing came"),
        pytest.param("0a 300b", 400, 0, id="it came at the last moment"),
        pytest.param("0a 300.1b", 400, 1, id="it came too late"),
        pytest.param("0b 0a", 400, 1, id="at the same time is not afterwards"),
        pytest.param("0a 1b 2a", 400, 1, id="once more"),
        pytest.param("0b", 400, 0, id="nothing to wait for"),
    ],
)
def test_silence(hits, now, fires):
    _, _, found = waiting(timeline(hits), now)
    assert len(found) == fires


def test_silence_that_a_late_hit_breaks_is_taken_back():
    detector, cell, (said,) = waiting([hit(0, 0)], 300)
    assert said.key == KEY
    assert "none of b followed within 300 s" in said.reasons[0].text
    cell, (back,) = detector.on_hit(hit(1, 200, "b"), cell)
    assert (back.id, back.revision, back.retracted) == (said.id, 2, True)
    assert detector.on_time(cell, 900 * SECOND) == (cell, ())


def test_what_waits_survives_every_tick_until_it_is_said():
    detector, cell, _ = waiting([hit(0, 0)], 1)
    cell = detector.on_tick(cell, 10**12)
    cell, found = detector.on_time(cell, 10**12)
    assert len(found) == 1
    assert detector.on_tick(cell, 10**12) is None


def test_silences_close_together_are_one_finding_although_ticks_come_between():
    detector = CorrelationDetector((rule(n=1, absent=("b",), within=5 * SECOND),), "set1", lateness=0)
    cell, found = None, []
    for n, second in enumerate((0, 2, 7)):
        cell, _ = detector.on_hit(hit(n, second), cell)
        for now in (second + 4, second + 6):
            cell, some = detector.on_time(cell, now * SECOND)
            found += some
            cell = detector.on_tick(cell, now * SECOND)
    assert {one.id for one in found} == {finding_id("r", KEY, hit(0, 0).evidence.event)}


def test_a_cell_from_before_there_was_silence_is_read():
    _, cell = show([rule()], [hit(0, 0), hit(1, 1)])
    content = msgspec.msgpack.decode(cell[1:])
    tracks = {mark: columns[:-1] for mark, columns in content[0].items()}
    older = cell[:1] + msgspec.msgpack.encode([tracks, content[1]])
    found = CorrelationDetector((rule(),), "set1").on_hit(hit(2, 2), older)[1]
    assert [finding.count for finding in found] == [3]


def test_problems_of_chains():
    base = rule(id="base")
    other = rule(id="other", rules=("base",), group_by=("user.name",))
    after = rule("temporal", ("other", "b"), 0, id="after", group_by=("user.name",))
    values = rule("value_count", ("base",), fields=("u",), id="values")
    found = problems((base, other, after, values))
    assert [line.split(":")[0] for line in found] == [
        "correlation other",
        "correlation values",
        "correlation after",
    ]
    assert "['user.name'], but base, to which it listens, by ['source.ip']" in found[0]
    assert "listens to other, which is not evaluated" in found[2]


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(
            rule("temporal_ordered", "ab", 0, expression=("a", "b", "&")), id="joined, one side only"
        ),
        pytest.param(rule(n=5), id="event_count"),
        pytest.param(rule("value_count", fields=("u",), n=10), id="value_count, never enough"),
        pytest.param(rule("temporal", "ab", 0), id="temporal, one side only"),
        pytest.param(rule("temporal_ordered", "ab", 0), id="temporal_ordered, one side only"),
    ],
)
def test_fifty_thousand_hits_a_minute(one):
    """An attacker's flood of one key: bytes stay under a bound, and what was set aside is counted."""
    detector, cell, largest, last = CorrelationDetector((one,), "set1"), None, 0, None
    for n in range(6_000):
        cell, found = detector.on_hit(hit(n, n * 0.0012, u=str(n % 7)), cell)
        largest = max(largest, len(cell))
        last = found[-1] if found else last
    assert largest < 256 * 37 + 24 * 200
    if one.type != "event_count":
        cell, found = detector.on_hit(hit(9_000, 8, "b", u="b"), cell)
        for n in range(3):
            cell, more = detector.on_hit(hit(9_001 + n, 8 + n / 10, u=f"b{n}"), cell)
            found += more
        assert "set aside by the bound" in found[0].reasons[-1].text
        assert found[0].count > 0
    else:
        assert last.count == 5 * 2**10


@pytest.mark.parametrize(
    ("one", "most"),
    [
        pytest.param(rule("value_sum", fields=("u",), n=10**9), 1_024 * 37 + 24 * 200, id="value_sum"),
        pytest.param(rule("value_median", fields=("u",), n=10**9), 1_024 * 37 + 24 * 200, id="value_median"),
        pytest.param(rule(gap=SECOND, conditions=(("eq", 0),)), 256 * 37 + 24 * 200, id="a session"),
        pytest.param(rule(absent=("b",), within=60 * SECOND), 2 * 256 * 37 + 24 * 200, id="silence"),
    ],
)
def test_a_flood_of_what_needs_every_row(one, most):
    detector, cell = CorrelationDetector((one,), "set1"), None
    for n in range(3_000):
        cell, _ = detector.on_hit(hit(n, n * 0.0012, u=str(n % 7)), cell)
        assert len(cell) < most


def test_event_ids_that_are_no_digests_work_too():
    odd = [msgspec.structs.replace(h, evidence=msgspec.structs.replace(h.evidence, event=f"event-{n}"))
           for n, h in enumerate([hit(0, 0), hit(1, 1), hit(2, 2)])]  # fmt: skip
    [found], _ = show([rule()], odd)
    assert [e.event for e in found.evidence] == ["event-0", "event-1", "event-2"]
