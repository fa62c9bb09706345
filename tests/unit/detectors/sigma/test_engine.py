"""The index changes nothing but the time: it equals a full scan, on any rules, any events, and hostile ones."""

import string
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seerflow.detectors.sigma.engine import Engine
from seerflow.model.event import Event
from seerflow.model.log import Origin
from seerflow.rules.condition import And, Not, Or, Test as Asked
from seerflow.rules.sigma import Logsource, SigmaRule

NAMES = ["Image", "image", "CommandLine", "a.b", "f", "user.name", "Threat Name", "NewProcessName"]
WORDS = [
    "a",
    "A",
    "ab",
    "cmd.exe",
    "\\cmd.exe",
    "7",
    "",
    "ß",
    "Σς",
    "\x02",
    "x\x03",
    "*",
    "?",
    "\\",
    "/",
    "\ud800",
]
PLAIN = [word for word in WORDS if word != "\ud800"]
LANES = [
    Logsource(),
    Logsource(product="windows"),
    Logsource(product="windows", category="process_creation"),
    Logsource(product="linux", service="sshd"),
    Logsource(category="webserver"),
]

texts = st.lists(st.sampled_from(WORDS), max_size=4).map("".join) | st.text(string.printable, max_size=12)
plain = st.lists(st.sampled_from(PLAIN), max_size=3).map("".join)
fields = st.sampled_from([*NAMES, ""])
scalars = texts | st.integers(-10, 10) | st.booleans() | st.none() | st.floats(allow_nan=True)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["b", "c"]), inner, max_size=2), max_leaves=5)  # fmt: skip


def asked(op, wanted, **more):
    return st.builds(Asked, field=fields, op=st.sampled_from(op), values=st.lists(wanted, min_size=1, max_size=3).map(tuple), **more)  # fmt: skip


tests = (
    asked(["is", "starts", "ends", "has", "like"], plain, cased=st.booleans())
    | asked(["re"], st.sampled_from(["a+", "cmd", "^a", "(?i)CMD", "[ab]{2}", "x|y", "a(b)?c*", ".{0,3}7"]), flags=st.sampled_from(["", "i", "s"]))
    | asked(["gt", "lte", "eq"], st.sampled_from(["3", "7.5"]))
    | asked(["cidr"], st.just("192.0.2.0/24"))
    | st.builds(Asked, field=st.sampled_from(NAMES), op=st.sampled_from(["exists", "missing"]))
    | st.builds(Asked, field=st.sampled_from(NAMES), op=st.sampled_from(["same", "same_part"]), values=st.sampled_from(NAMES).map(lambda name: (name,)))
)  # fmt: skip
trees = st.recursive(
    tests,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(tuple).map(And)
        | st.lists(inner, min_size=1, max_size=3).map(tuple).map(Or)
        | inner.map(Not)
    ),
    max_leaves=6,
)
rules = st.lists(st.tuples(trees, st.sampled_from(LANES)), min_size=1, max_size=6).map(
    lambda some: [
        SigmaRule(id=f"r{number}", title="T", logsource=source, condition=tree)
        for number, (tree, source) in enumerate(some)
    ]
)
commons = st.fixed_dictionaries(
    {},
    optional={
        "event.dataset": st.sampled_from(["linux.sshd", "web.access", "windows.security"]),
        "user.name": texts,
        "message": texts,
        "process.executable": texts,
    },
)
natives = st.dictionaries(st.sampled_from(NAMES), values, max_size=5) | st.dictionaries(
    st.sampled_from([*NAMES, "Channel", "EventID"]),
    values | st.sampled_from(["Microsoft-Windows-Sysmon/Operational", 1, "1", True]),
    max_size=6,
)


def event(native, common=None, text=""):
    return Event(id="e", origin=Origin("t", 0, 0), time=0, received=0, parser="t/1", common=common or {}, native=native, text=text)  # fmt: skip


@settings(max_examples=400, deadline=None)
@example(
    [SigmaRule(id="r", title="T", logsource=Logsource(), condition=Asked(field="", op="gt", values=("3",)))],
    [({"Image": 4}, {}, "")],
)
@given(rules, st.lists(st.tuples(natives, commons, texts), min_size=1, max_size=6))
def test_the_index_gives_what_a_full_scan_gives(some, drawn):
    engine = Engine(some, cache_bytes=2_000)  # so small that caches are emptied on the way
    assert engine.problems == []
    for native, common, text in drawn:
        one = event(native, common, text)
        assert engine.matches(one) == engine.evaluate_all(one)


@given(natives, commons)
def test_an_event_is_not_changed(native, common):
    before = repr((native, common))
    Engine([SigmaRule(id="r", title="T", logsource=Logsource(), condition=Asked(field="", op="has", values=("a",)))]).match(native, common)  # fmt: skip
    assert repr((native, common)) == before


def test_equal_numbers_of_other_kinds_take_other_routes():
    rule = SigmaRule(id="r", title="T", logsource=Logsource("windows", "process_creation"), condition=Asked(field="Image", op="exists"))  # fmt: skip
    engine = Engine([rule])
    channel = "Microsoft-Windows-Sysmon/Operational"
    assert engine.match({"Channel": channel, "EventID": True, "Image": "x"}, {}) == []
    assert engine.match({"Channel": channel, "EventID": 1, "Image": "x"}, {}) == [rule]
    assert engine.match({"Channel": channel, "EventID": 1.0, "Image": "x"}, {}) == [rule]
    assert engine.match({"Channel": channel, "EventID": "1", "Image": "x"}, {}) == [rule]


HOSTILE = {
    "one letter": {"f": "a" * 1_000_000},
    "spaces": {"f": " " * 1_000_000},
    "a long line of pieces": {"f": "\\x -a " * 150_000},
    "nested lists": {"f": [[[[[[[[[["a"]]]]]]]]]] * 10_000},
    "wide lists": {"f": ["a"] * 1_000_000},
    "many fields": {f"f{number}": "a" * 20 for number in range(10_000)},
    "long names": {"f" * 1_000_000: "a"},
    "a huge channel": {"Channel": "c" * 1_000_000, "EventID": 1, "f": "a"},
}
SLOW = [
    Asked(field="f", op="has", values=("a",)),
    Asked(field="", op="has", values=("aaaaaaaab",)),
    Asked(field="f", op="like", values=("*a*a*a*a*a*a*a*b",)),
    Asked(field="f", op="like", values=("*a?a?a*x?b*",)),
    Asked(field="f", op="re", values=("(a+)+$x",)),
    Asked(field="f", op="re", values=("(.){200,}b",)),
    Asked(field="f", op="re", values=(".{1000,}",)),
    Asked(field="f", op="gt", values=("5",)),
    Asked(field="f", op="gt", values=("5",), flags="hour"),
    Asked(field="f", op="cidr", values=("192.0.2.0/24",)),
]


@pytest.mark.parametrize("native", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_value_can_hang_the_engine(native):
    some = [
        SigmaRule(id=f"r{n}", title="T", logsource=Logsource(), condition=one) for n, one in enumerate(SLOW)
    ]
    engine = Engine(some)
    begin = time.process_time()
    engine.match(native, {})
    assert time.process_time() - begin < 5  # seconds, on a slow machine; all take well under one here
    assert len(engine.shapes) <= 1
    assert sum(len(repr(route)) for route in engine.routes) < 10_000


def test_invented_field_names_do_not_fill_memory():
    engine = Engine([SigmaRule(id="r", title="T", logsource=Logsource(), condition=SLOW[0])])
    for number in range(5_000):
        engine.match({f"f{number}": "x"}, {})
    assert len(engine.shapes) <= 2_048
    assert engine.forgotten == 2


def test_invented_values_do_not_fill_memory():
    engine = Engine(
        [SigmaRule(id="r", title="T", logsource=Logsource(), condition=SLOW[0])], cache_bytes=100_000
    )
    for number in range(5_000):
        engine.match({"f": f"value {number}"}, {})
    assert engine.budget.emptied > 5
    assert sum(len(cache) for cache in engine.budget.caches) < 500


def test_a_rule_that_cannot_be_compiled_stops_no_other():
    bad = SigmaRule(id="b", title="T", logsource=Logsource(), condition=Asked(field="f", op="re", values=("(?=x)",)), file="b.yml")  # fmt: skip
    good = SigmaRule(id="g", title="T", logsource=Logsource(), condition=SLOW[0])
    engine = Engine([bad, good])
    assert [problem.rule for problem in engine.problems] == ["b"]
    assert engine.match({"f": "a"}, {}) == [good]
