"""Every mistake has a file, a line, a column, a fact and help."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.parsers.described.loading import MAX_BYTES, load
from tests.unit.parsers.described import describing

problems = describing.problems

GOOD = """\
name: acme
version: 1
description: Acme
reads: text
dataset: acme.log
when: {contains: [k]}
"""
WRONG = [
    (GOOD + "messges: []\n", ["a.yaml:7:1: messges: unknown key 'messges'; did you mean 'messages'?"]),
    (GOOD.replace("version: 1", "version: one"), ["a.yaml:2:1: version: 'version' is not of a known form; expected a number from 1"]),
    (GOOD.replace("name: acme", "name: Acme"), ["a.yaml:1:1: name: 'name' is not of a known form; expected a name in lower_snake"]),
    (GOOD.replace("reads: text", "reads: json"), ["a.yaml:4:1: reads: 'reads' is not of a known form; expected text, document, pairs or columns"]),
    (GOOD.replace("dataset: acme.log\n", ""), ["a.yaml:1:1: 'dataset' is missing; event.dataset, as acme.door; event.module is the part before the dot"]),
    (GOOD.replace("{contains: [k]}", "{matches: k}"), ["a.yaml:6:1: when: says nothing to find it by; name programs, starts, contains or any"]),
    (GOOD.replace("reads: text", "reads: document"), ["a.yaml:6:1: when: says nothing to find it by; name keys or values"]),
    (GOOD.replace("{contains: [k]}", "{contains: [k], matches: 'a('}"), ["a.yaml:6:23: when.matches: is no regular expression of RE2: missing ): a("]),
    (GOOD + "fields:\n  user.nme: a\n", ["a.yaml:8:3: fields.user.nme: there is no common field 'user.nme'; did you mean 'user.name'?"]),
    (GOOD + "fields:\n  user.name: {from: a, as: lowr}\n", ["a.yaml:8:24: fields.user.name.as: there is no conversion 'lowr'; did you mean 'lower'?"]),
    (GOOD + "fields:\n  user.name: {from: a, match: '('}\n", ["a.yaml:8:24: fields.user.name.match: is no regular expression of RE2: missing ): (; see docs/reference/parser-language.md"]),
    (GOOD + "fields:\n  user.name: 7\n", ["a.yaml:8:3: fields.user.name: fields of 'user.name' is not of a known form; expected common field: name, list of names, template or {from, as, match}"]),
    (GOOD + "set: {source.port: high}\n", ["a.yaml:7:7: set.source.port: 'high' is no long; as source.port is: its port"]),
    (GOOD + "messages:\n  - dissect: '%{a}%{b}'\n", ["a.yaml:8:5: messages[0].dissect: cannot be read: nothing stands between %{a} and %{b}"]),
    (GOOD + "messages:\n  - regex: 'a(?=b)'\n", ["a.yaml:8:5: messages[0].regex: cannot be read: invalid perl operator: (?="]),
    (GOOD + "messages: x\n", ["a.yaml:7:1: messages: 'messages' is not a list; begin each entry with `- `"]),
    (GOOD + "words: {event.outcome: {from: a, success: ok, failure: ok}}\n", ["a.yaml:7:47: words.event.outcome.failure: 'ok' stands for 'success' already; take it out of one"]),
    (GOOD + "words: {event.outcome: {from: a}}\n", ["a.yaml:7:9: words.event.outcome: has no words; write `success: [ok, allowed]`"]),
    (GOOD + "time: {from: a, as: isoo}\n", ["a.yaml:7:17: time.as: no form of time 'isoo'; did you mean 'iso'? or a pattern as '%d/%b/%Y %H:%M:%S'"]),
    (GOOD + "time: {from: a, as: [iso, '%Q']}\n", ["a.yaml:7:27: time.as[1]: '%Q' is no letter of a time; known: %Y %y %m %d %e %b %B %H %I %M %S %f %p %z %Z %a %A %T %%"]),
    (GOOD + "time: {from: a, as: '%Y%Y'}\n", ["a.yaml:7:17: time.as: '%Y' stands twice"]),
    (GOOD + "unpack: {a: jsn}\n", ["a.yaml:7:10: unpack.a: there is no way to unpack 'jsn'; did you mean 'json'?"]),
    (GOOD + "unpack: {a: {as: columns}}\n", ["a.yaml:7:10: unpack.a: has no columns; name them in order: columns: [a, b, null, d]"]),
    (GOOD + "decode: {a: hx}\n", ["a.yaml:7:10: decode.a: there is no way to decode 'hx'; did you mean 'hex'?"]),
    (GOOD + "switch: {on: a, cases: {}}\n", ["a.yaml:7:10: switch.on: unknown key 'on'; known: cases, field", "a.yaml:7:1: switch: 'field' is missing"]),
    (GOOD + "switch: {field: a, cases: {x: {sett: {}}}}\n", ["a.yaml:7:32: switch.cases.x.sett: unknown key 'sett'; did you mean 'set'?"]),
    (GOOD + "kinds:\n  - set: {event.action: x}\n", ["a.yaml:8:5: kinds[0]: 'when' is missing"]),
    (GOOD + "a: [\n", ["a.yaml:8:1: is not YAML: did not find expected node content; check indentation, quotes and colons there"]),
    (GOOD + "product: &p {vendor: x}\nset: &s {a: *p}\n", ["a.yaml:8:1: has an alias (*name) inside of what has a name itself (&name)"]),
    ("[]", ["a.yaml:1:1: is no mapping of names to values; keys here: name, version, description, reads, dataset, product, when, pairs, columns, delimiter, body, each, split, general, decode, unpack, messages, otherwise, set, fields, words, time, switch, kinds, tests"]),
    ("[" * 100, ["a.yaml:1:1: nests deeper than 64 levels"]),
    (b"\xff", ["a.yaml: is not UTF-8 (byte 0); save it as UTF-8"]),
    (b" " * (MAX_BYTES + 1), [f"a.yaml: is larger than {MAX_BYTES} bytes; split it"]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "wrong"), WRONG)
def test_what_is_wrong_and_where(content, wrong):
    assert problems(content) == wrong


def test_a_good_one_has_no_problems():
    assert problems(GOOD) == []


def test_all_mistakes_come_at_once():
    assert len(problems(GOOD.replace("reads: text", "reads: x") + "a: 1\nb: 2\nset: 3\n")) == 4


def test_two_of_one_name():
    made, wrong = load({"a.yaml": GOOD.encode(), "b.yaml": GOOD.encode()})
    assert list(made) == ["a.yaml"]
    assert [str(one) for one in wrong] == [
        "b.yaml:1:1: name: 'acme' is the name of a.yaml too; give it another one"
    ]


def test_anchors_hold_within_a_file():
    assert (
        problems(
            GOOD + "switch:\n  field: t\n  cases:\n    a: &a {set: {event.action: x}}\n    b: {<<: *a}\n"
        )
        == []
    )


@given(st.text("abc:{}[]&*!|>-'\"\n %#,?", max_size=60))
def test_any_text_is_read_or_refused(text):
    made, wrong = load({"a.yaml": (GOOD + text).encode()})
    assert bool(made) != bool(wrong)


KEYS = st.sampled_from(
    ["when", "fields", "words", "set", "messages", "time", "switch", "kinds", "unpack", "decode", "columns", "tests", "body", "each", "split", "general", "product", "pairs", "from", "as", "field", "cases", "user.name", "dissect", "regex", "match", "zone"]
)  # fmt: skip
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(["%{a}", "(", "{a}", "hex"]),
    lambda t: st.lists(t, max_size=3) | st.dictionaries(KEYS, t, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_any_structure_is_read_or_refused(told):
    made, wrong = load({"a.yaml": describing.text(told)})
    assert bool(made) != bool(wrong)
