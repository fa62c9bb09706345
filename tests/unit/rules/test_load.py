"""Rule files into a set: what is wrong is said with its place, and disables nothing else."""

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from seerflow.rules import correlation_condition, documents
from seerflow.rules.load import load
from seerflow.rules.problem import UnreadableError
from seerflow.rules.ruleset import Grouping, Ruleset

GOOD = """\
title: Good
id: 11111111-1111-4111-8111-111111111111
name: good
author: A, B
license: Apache-2.0
tags: [attack.t1110]
level: high
logsource:
  product: linux
detection:
  s:
    f: x
  condition: s
"""


def rule(**changes):
    made = yaml.safe_load(GOOD) | changes
    return yaml.safe_dump({key: value for key, value in made.items() if value is not None}, sort_keys=False)


def loaded(*texts, values=None):
    return load({f"{n}.yml": text.encode() for n, text in enumerate(texts)}, values)


def other(number):
    return f"22222222-2222-4222-8222-{number:012d}"


def correlation(number=9, **body):
    made = {
        "title": "C",
        "id": other(number),
        "name": f"c{number}",
        "correlation": {
            "type": "event_count",
            "rules": ["good"],
            "group-by": ["source.address"],
            "timespan": "1m",
            "condition": {"gte": 5},
        }
        | body,
    }
    made["correlation"] = {key: value for key, value in made["correlation"].items() if value is not None}
    return yaml.safe_dump(made, sort_keys=False)


def test_a_rule_is_read():
    (one,) = loaded(GOOD).rules
    assert one.id == "11111111-1111-4111-8111-111111111111"
    assert (one.title, one.level, one.name, one.licence) == ("Good", "high", "good", "Apache-2.0")
    assert (one.authors, one.tags, one.fields) == (("A", "B"), ("attack.t1110",), ("f",))
    assert (one.file, one.line, one.raw) == ("0.yml", 1, GOOD)


BAD = [
    # (id, text, line, piece of the fact, piece of the help)
    ("no YAML", "title: [", 2, "is not YAML", "indentation"),
    ("no mapping", "- a\n- b\n", 1, "not a mapping", ""),
    ("no condition", rule(detection={"s": {"f": "x"}}), 1, "condition", ""),
    ("capitals", rule(detection={"s": {"f": "x"}, "t": {"f": "y"}, "condition": "s AND t"}), 11, "Expected", "small letters"),
    ("two of", rule(detection={"s1": {"f": "x"}, "condition": "2 of s*"}), 11, "Expected", "1 of"),
    ("no selection", rule(detection={"s": {"f": "x"}, "condition": "t"}), 11, "not defined", "under `detection`"),
    ("no such pattern", rule(detection={"s": {"f": "x"}, "condition": "1 of t*"}), 11, "doesn't match any", "under"),
    ("pipe", rule(detection={"s": {"f": "x"}, "condition": "s | count() > 5"}), 11, "deprecated", "correlation"),
    ("modifier", rule(detection={"s": {"f|exakt": "x"}, "condition": "s"}), 11, "exakt", "specification"),
    ("lookahead", rule(detection={"s": {"f|re": "(?=x)"}, "condition": "s"}), 11, "(?=x)", "RE2 has no lookahead"),
    ("no log source", rule(logsource=None), 1, "log source", ""),
    ("level", rule(level="urgent"), 8, "'urgent' is no level", "informational"),
    ("placeholder", rule(detection={"s": {"f|expand": "%admins%"}, "condition": "s"}), 13, "%admins% has no values", "admins"),
    ("story", rule(seerflow={"storry": "x"}), 16, "does not know 'storry'", "story, entity"),
    ("cooldown", rule(seerflow={"cooldown": "soon"}), 16, "no timespan", "15m"),
    ("condition list", rule(detection={"s": {"f": "x"}, "condition": [1]}), 14, "not a text", "condition:"),
    ("deep condition", rule(detection={"s": {"f": "x"}, "condition": "(" * 60 + "s" + ")" * 60}), 14, "too deep", "split"),
    ("many nots", rule(detection={"s": {"f": "x"}, "condition": "not " * 60 + "s"}), 14, "too deep", "split"),
    ("correlation of nothing", correlation(rules=["nobody"]), 7, "'nobody', which is not loaded", "load the file"),
    ("correlation type", correlation(type="event_sum"), 5, "no correlation type", "event_count"),
    ("correlation key", correlation(groupby=["x"]), 13, "does not know 'groupby'", "group-by"),
    ("correlation without number", correlation(condition={"gte": "many"}), 12, "no whole number", ""),
    ("correlation without comparison", correlation(condition={"field": "f"}), 11, "compares with nothing", "gte"),
    ("correlation without field", correlation(type="value_count"), 11, "names no field", "user.name"),
    ("two fields to add", correlation(type="value_sum", condition={"gte": 1, "field": ["a", "b"]}), 13, "one field", "only one"),
    ("which percentile", correlation(type="value_percentile", condition={"gte": 1, "field": "a"}), 11, "which", "percentile: 95"),
    ("a percentile too high", correlation(type="value_percentile", condition={"gte": 1, "field": "a", "percentile": 101}), 11, "which", "percentile: 95"),
    ("a percentile of a sum", correlation(type="value_sum", condition={"gte": 1, "field": "a", "percentile": 9}), 14, "no percentile", "leave"),
    ("no number", correlation(type="value_sum", condition={"gte": float("nan"), "field": "a"}), 12, "no number", ""),
    ("a condition of strangers", correlation(type="temporal", condition="good and bad"), 11, "not among the rules", ""),
    ("a condition that always holds", correlation(type="temporal", condition="not good"), 11, "none of its rules", "must match"),
    ("within of nothing", correlation() + "seerflow: {within: 5m}\n", 13, "without `absent`", "absent"),
    ("absent nobody", correlation().replace("- good", "- fine") + "seerflow: {absent: nobody}\n", 13, "'nobody', which is not loaded", ""),
    ("a gap of a rule", rule(seerflow={"gap": "5m"}), 16, "of a correlation", "correlation"),
    ("correlation without timespan", correlation(timespan=None), 4, "no timespan", "15m"),
    ("generate", correlation(generate="yes"), 13, "not true or false", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "fact", "help_"), [pytest.param(*row[1:], id=row[0]) for row in BAD]
)
def test_one_bad_rule_is_one_problem(text, line, fact, help_):
    ruleset = load({"bad.yml": text.encode(), "good.yml": GOOD.replace("name: good", "name: fine").encode()})
    ids = [one.id for one in ruleset.rules]
    assert ids == ["11111111-1111-4111-8111-111111111111"][: len(ids)]
    (problem,) = [one for one in ruleset.problems if "id of another" not in one.fact]
    assert problem.fatal
    assert problem.file == "bad.yml"
    assert fact in problem.fact
    assert help_ in problem.help
    assert problem.line == line


def test_a_problem_names_the_line():
    text = "# a comment\n---\n" + rule(level="urgent")
    (problem,) = loaded(text).problems
    assert str(problem).startswith("0.yml:10: 'urgent' is no level; one of informational")
    assert text.split("\n")[9] == "level: urgent"


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        pytest.param({"tags": ["no dot"]}, "tag", id="tag"),
        pytest.param({"date": "yesterday"}, "date", id="date"),
        pytest.param({"modified": "yesterday"}, "modified", id="modified"),
        pytest.param({"status": "fine"}, "status", id="status"),
        pytest.param(
            {"detection": {"s": {"f": []}, "condition": "s"}}, "s.f is an empty list", id="empty list"
        ),
    ],
)
def test_what_leaves_the_meaning_whole_is_a_warning(changes, fact):
    ruleset = loaded(rule(**changes))
    assert len(ruleset.rules) == 1
    assert [(fact in problem.fact, problem.fatal) for problem in ruleset.problems] == [(True, False)]


def test_the_second_rule_of_one_id_is_left_out():
    ruleset = loaded(GOOD, rule(title="Again"))
    assert [one.title for one in ruleset.rules] == ["Good"]
    assert "id of another rule, 'Good'" in ruleset.problems[0].fact


def test_a_rule_without_an_id_has_the_same_one_each_time():
    first, second = loaded(rule(id=None)), loaded(rule(id=None))
    assert first.rules[0].id == second.rules[0].id
    assert first.rules[0].id.startswith("rule-")


def test_several_documents_and_old_actions():
    shared = "action: global\nlogsource: {product: linux}\nlevel: low\n"
    one = f"---\ntitle: One\nid: {other(1)}\ndetection: {{s: {{f: x}}, condition: s}}\n"
    two = f"---\naction: repeat\ntitle: Two\nid: {other(2)}\nlevel: high\n"
    three = f"---\naction: reset\n---\ntitle: Three\nid: {other(3)}\nlogsource: {{product: aws}}\ndetection: {{s: {{f: x}}, condition: s}}\n"
    ruleset = loaded(shared + one + two + three)
    assert ruleset.problems == ()
    assert [(r.title, r.level, r.logsource.product, r.line) for r in ruleset.rules] == [
        ("One", "low", "linux", 5),
        ("Two", "high", "linux", 9),
        ("Three", "medium", "aws", 16),
    ]


def test_the_name_of_a_set_is_its_content():
    name = loaded(GOOD).name
    assert name == load({"elsewhere.yml": GOOD.encode()}).name
    assert name != loaded(GOOD.replace("f: x", "f: y")).name
    assert name != loaded(GOOD, values={"a": ["b"]}).name
    assert len(name) == 14
    assert name.startswith("r-")


def test_a_set_survives_the_codec():
    ruleset = loaded(GOOD, correlation(), rule(id="broken", level="x"))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(ruleset), type=Ruleset) == ruleset


# --- correlations ---


def test_a_correlation_is_read_with_ids_for_names():
    ruleset = loaded(GOOD, correlation())
    (one,) = ruleset.correlations
    assert ruleset.problems == ()
    assert one.rules == ("11111111-1111-4111-8111-111111111111",)
    assert (one.type, one.group_by, one.timespan) == ("event_count", ("source.address",), 60_000_000)
    assert (one.conditions, one.fields, one.generate, one.story) == ((("gte", 5),), (), False, other(9))
    assert ruleset.silenced == {"11111111-1111-4111-8111-111111111111"}


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        pytest.param({"condition": {"gte": 3, "lt": 9}}, "conditions", (("lt", 9), ("gte", 3)), id="a range"),
        pytest.param({"type": "value_count", "condition": {"gte": 3, "field": ["a", "b"]}}, "fields", ("a", "b"), id="counted fields"),
        pytest.param({"type": "temporal", "condition": None}, "conditions", (("gte", 1),), id="temporal: all rules"),
        pytest.param({"rules": "good"}, "rules", ("11111111-1111-4111-8111-111111111111",), id="one rule as a text"),
        pytest.param({"type": "value_avg", "condition": {"gte": 2.5, "field": "f"}}, "conditions", (("gte", 2.5),), id="a fraction"),
        pytest.param({"type": "value_percentile", "condition": {"gt": -3, "field": "f", "percentile": 95}}, "percentile", 95, id="a percentile"),
        pytest.param({"group-by": None}, "group_by", (), id="no group"),
        pytest.param({"group-by": "a"}, "group_by", ("a",), id="one field as a text"),
        pytest.param({"timespan": "2h"}, "timespan", 7_200_000_000, id="hours"),
        pytest.param({"generate": True}, "generate", True, id="generate"),
        pytest.param({"aliases": {"ip": {"good": "src"}}}, "aliases", {"ip": {"11111111-1111-4111-8111-111111111111": "src"}}, id="aliases"),
    ],
)  # fmt: skip
def test_the_parts_of_a_correlation(body, name, value):
    ruleset = loaded(GOOD, correlation(**body))
    assert ruleset.problems == ()
    assert getattr(ruleset.correlations[0], name) == value


CONDITIONS = [
    ("a or b", ("a", "b", "|")),
    ("a and not b", ("a", "b", "!", "&")),
    ("not a and b or c", ("a", "!", "b", "&", "c", "|")),
    ("a and (b or not (c and a))", ("a", "b", "c", "a", "&", "!", "|", "&")),
    ("((a))", ("a",)),
    ("a and b and c", ("a", "b", "&", "c", "&")),
    ("nota and orb", ("nota", "orb", "&")),
]


@pytest.mark.parametrize(("text", "wanted"), CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_an_extended_condition_is_read(text, wanted):
    assert correlation_condition.expression(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["", "a b", "and a", "a and", "not", "(a", "a)", "()", "a & b", "a or or b", "(" * 40 + "a" + ")" * 40, "a or " * 300 + "a"],
)  # fmt: skip
def test_an_unreadable_condition_is_said(text):
    with pytest.raises(UnreadableError):
        correlation_condition.expression(text)


def test_an_extended_condition_names_its_rules():
    second = rule(id=other(1), name="worse")
    body = {"type": "temporal", "condition": "good and not worse", "rules": None}
    (one,) = loaded(GOOD, second, correlation(**body)).correlations
    good = "11111111-1111-4111-8111-111111111111"
    assert one.rules == (good, other(1))
    assert one.expression == (good, other(1), "!", "&")
    assert one.conditions == ()


def test_the_keys_of_our_own():
    second = rule(id=other(1), name="worse")
    text = correlation() + "seerflow: {gap: 10s, absent: worse, within: 5m, cooldown: 6h}\n"
    ruleset = loaded(GOOD, second, text)
    (one,) = ruleset.correlations
    assert (one.gap, one.absent, one.within) == (10_000_000, (other(1),), 300_000_000)
    assert one.cooldown == 6 * 3_600_000_000
    assert ruleset.silenced == {"11111111-1111-4111-8111-111111111111", other(1)}
    assert other(1) in ruleset.groupings
    text = correlation(generate=True) + "seerflow: {absent: worse}\n"
    assert loaded(GOOD, second, text).silenced == {other(1)}  # what must be absent is no news by itself


def test_generate_lets_the_base_rules_speak():
    assert loaded(GOOD, correlation(generate=True)).silenced == frozenset()
    assert loaded(GOOD, correlation(1), correlation(2, generate=True)).silenced == frozenset()


def test_correlations_refer_to_correlations_in_any_order():
    ruleset = loaded(
        correlation(2, rules=["c1", "good"], type="temporal_ordered", condition=None), correlation(1), GOOD
    )
    assert ruleset.problems == ()
    assert [one.rules for one in ruleset.correlations] == [
        (other(1), "11111111-1111-4111-8111-111111111111"),
        ("11111111-1111-4111-8111-111111111111",),
    ]
    assert other(1) in ruleset.silenced


def test_a_circle_and_all_that_waits_for_it_is_left_out():
    ruleset = loaded(
        GOOD,
        correlation(1, rules=["c2"]),
        correlation(2, rules=["c1"]),
        correlation(3, rules=["c1"]),
        correlation(4),
    )
    assert [one.name for one in ruleset.correlations] == ["c4"]
    assert len(ruleset.problems) == 3


def test_a_correlation_of_a_broken_rule_is_left_out():
    ruleset = loaded(GOOD.replace("level: high", "level: x"), correlation())
    assert ruleset.correlations == ()
    assert len(ruleset.problems) == 2


def test_groupings_say_what_correlations_want():
    ruleset = loaded(
        GOOD,
        correlation(1),
        correlation(2, type="value_count", condition={"gte": 2, "field": "user.name"}),
        correlation(3, **{"group-by": ["ip"], "aliases": {"ip": {"good": "src"}}}),
    )
    assert ruleset.groupings == {
        "11111111-1111-4111-8111-111111111111": (
            Grouping((("source.address", "source.address"),), (("user.name", "user.name"),)),
            Grouping((("ip", "src"),)),
        )
    }


# --- filters ---


def filtering(condition="not s", rules="any", **changes):
    made = {
        "title": "F",
        "id": other(5),
        "logsource": {"product": "linux"},
        "filter": {"rules": rules, "s": {"user": "backup"}, "condition": condition},
    } | changes
    return yaml.safe_dump(made)


@pytest.mark.parametrize(
    ("text", "applied"),
    [
        pytest.param(filtering(), True, id="any"),
        pytest.param(filtering(rules=["good"]), True, id="by name"),
        pytest.param(filtering(rules=["11111111-1111-4111-8111-111111111111"]), True, id="by id"),
        pytest.param(filtering(rules=["another"]), False, id="another rule"),
        pytest.param(filtering(logsource={"product": "windows"}), False, id="another log source"),
        pytest.param(
            filtering(logsource={"product": "linux", "service": "sshd"}), False, id="a narrower log source"
        ),
    ],
)
def test_a_filter_narrows_the_rules_it_is_for(text, applied):
    ruleset = loaded(GOOD, text)
    assert ruleset.problems == ()
    assert ("user" in ruleset.rules[0].fields) is applied


def test_a_filter_without_not_is_followed_and_warned_of():
    ruleset = loaded(GOOD, filtering("s"))
    assert "user" in ruleset.rules[0].fields
    (warning,) = ruleset.problems
    assert not warning.fatal
    assert "takes away everything else" in warning.fact
    assert "not (s)" in warning.help


def test_filters_give_the_same_set_each_time():
    assert loaded(GOOD, filtering()) == loaded(GOOD, filtering())


# --- bounds ---


def test_deep_nesting_is_refused_before_it_is_read():
    for text in (
        "[" * 100_000,
        "- " * 100_000,
        "{a: " * 100_000,
        "\n".join(" " * n + "a:" for n in range(1_000)),
    ):
        (problem,) = loaded(text, GOOD).problems
        assert "nests deeper" in problem.fact


def test_large_files_bombs_and_bytes():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(8)
    )
    ruleset = load(
        {
            "big.yml": b"a: " + b"x" * documents.MAX_BYTES,
            "bomb.yml": bomb.encode(),
            "bytes.yml": b"\xff\xfe",
            "good.yml": GOOD.encode(),
        }
    )
    assert [one.title for one in ruleset.rules] == ["Good"]
    facts = {problem.file: problem.fact for problem in ruleset.problems}
    assert "larger than" in facts["big.yml"]
    assert "too many nodes" in facts["bomb.yml"]
    assert "is not UTF-8" in facts["bytes.yml"]


@given(st.binary(max_size=200))
def test_no_bytes_raise(content):
    ruleset = load({"x.yml": content, "good.yml": GOOD.encode()})
    assert "Good" in [one.title for one in ruleset.rules]


scalars = st.none() | st.booleans() | st.integers(-5, 5) | st.text("ab*?\\%|", max_size=4) | st.just("s")
anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("sf|re", min_size=1, max_size=4), inner, max_size=3), max_leaves=8)  # fmt: skip


@given(st.sampled_from(["title", "id", "name", "level", "tags", "author", "logsource", "detection", "seerflow", "correlation", "filter", "date", "related", "fields"]), anything)  # fmt: skip
def test_no_value_at_any_place_raises(key, value):
    content = yaml.safe_load(GOOD) | {key: value}
    load({"x.yml": yaml.safe_dump(content).encode()})


@given(
    st.sampled_from(["type", "rules", "group-by", "timespan", "condition", "aliases", "generate"]), anything
)
def test_no_value_in_a_correlation_raises(key, value):
    content = yaml.safe_load(correlation())
    content["correlation"][key] = value
    ruleset = load({"good.yml": GOOD.encode(), "x.yml": yaml.safe_dump(content).encode()})
    assert len(ruleset.rules) == 1
    assert (
        len(ruleset.correlations) + len({problem.file for problem in ruleset.problems if problem.fatal}) >= 1
    )
