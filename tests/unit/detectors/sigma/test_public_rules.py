"""The public rule set, where it is there: all of it loads, and an event made from a rule's own words fires it."""

import gzip
import itertools
import json
import re
import tarfile
from collections import Counter, defaultdict

import pytest

from seerflow.detectors.sigma.engine import Engine
from seerflow.model.event import Event
from seerflow.model.log import Origin
from seerflow.rules import condition, wildcard
from seerflow.rules.condition import And, Not, Or
from seerflow.rules.condition import Test as Asked
from seerflow.rules.load import load
from seerflow.rules.sigma import Logsource


@pytest.fixture(scope="module")
def ruleset(shared):
    with tarfile.open(shared / "sigmahq" / "rules.tar.gz") as opened:
        members = [
            one
            for one in opened
            if one.isfile() and one.name.endswith(".yml") and "rules" in one.name.split("/")[0]
        ]
        return load({one.name: opened.extractfile(one).read() for one in members})


def event(native):
    return Event(id="e", origin=Origin("t", 0, 0), time=0, received=0, parser="t/1", common={}, native=native)


def test_all_load_but_those_with_placeholders(ruleset):
    assert len(ruleset.rules) == 3_755
    assert len(ruleset.problems) == 25
    assert all("has no values" in problem.fact for problem in ruleset.problems)
    assert Engine(ruleset.rules).problems == []


# --- an event from a rule ---

_PARSER = re._parser  # type: ignore[attr-defined]  # as in seerflow.detectors.sigma.patterns


def word(items):
    """Give a text in which a parsed regular expression is found, if it is of the simple sort."""
    made = ""
    for op, argument in items:
        name = str(op)
        if name == "LITERAL":
            made += chr(argument)
        elif name == "NOT_LITERAL":
            made += "a" if argument != ord("a") else "b"
        elif name == "ANY":
            made += "a"
        elif name == "IN":
            made += member(argument)
        elif name in {"MAX_REPEAT", "MIN_REPEAT"}:
            made += "".join(word(argument[2]) for _ in range(argument[0]))
        elif name == "SUBPATTERN":
            made += word(argument[3])
        elif name == "BRANCH":
            made += word(argument[1][0])
    return made


def member(choices):
    pattern = re.compile("[" + "".join(map(spelled, choices)) + "]")
    return next(
        chr(code) for code in itertools.chain(range(97, 123), range(32, 0x3000)) if pattern.match(chr(code))
    )


def spelled(choice):
    name, argument = str(choice[0]), choice[1]
    if name == "NEGATE":
        return "^"
    if name == "LITERAL":
        return re.escape(chr(argument))
    if name == "RANGE":
        return f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
    return {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_WORD": r"\W", "CATEGORY_NOT_SPACE": r"\S", "CATEGORY_NOT_DIGIT": r"\D"}[str(argument)]  # fmt: skip


def wishes(node, choice):
    """Give (field, op, text) that together should make the condition hold."""
    if isinstance(node, Not):  # what must not be missing is there; what else must not be is left to luck
        return [(test.field, "exists", "x") for test in condition.tests(node.part) if test.op == "missing"]
    if isinstance(node, And):
        return [one for part in node.parts for one in wishes(part, choice)]
    if isinstance(node, Or):
        return wishes(node.parts[choice % len(node.parts)], choice)
    if node.op.startswith("same"):
        return [(node.field, "is", "alike"), (node.values[0], "is", "alike")]
    return [wish(node, choice)]


def wish(test: Asked, choice):
    value = test.values[choice % len(test.values)] if test.values else ""
    if test.op == "re":
        made = word(_PARSER.parse(value))
        return (test.field, "starts" if value.startswith("^") else "has", made)
    if test.op == "like":
        parts = wildcard.read(value)
        first, last = parts[0] is wildcard.Wild.MANY, parts[-1] is wildcard.Wild.MANY
        made = "".join("z" if isinstance(part, wildcard.Wild) else part for part in parts)
        return (test.field, {(False, False): "is", (False, True): "starts", (True, False): "ends"}.get((first, last), "has"), made)  # fmt: skip
    if test.op == "cidr":
        return (test.field, "is", value.split("/")[0])
    if test.op in {"gt", "gte", "lt", "lte", "eq"}:
        return (test.field, "is", str(float(value) + {"gt": 1, "lt": -1}.get(test.op, 0)))
    if test.op in {"exists", "missing"}:
        return (test.field, test.op, "x")
    return (test.field, test.op, value)


def built(wanted):
    fields = defaultdict(list)
    for field, op, text in wanted:
        fields[field or "Message"].append((op, text))
    native = {}
    for field, asked in fields.items():
        whole = [text for op, text in asked if op == "is"]
        part = {
            op: [text for found, text in asked if found == op] for op in ("starts", "has", "ends", "exists")
        }
        if all(op == "missing" for op, _ in asked):
            continue
        longest = {op: max(part[op], key=len, default="") for op in ("starts", "ends")}
        middle = " ".join(dict.fromkeys(part["has"] or part["exists"]))
        native[field] = whole[0] if whole else longest["starts"] + middle + longest["ends"]
    return native


def test_an_event_made_from_a_rule_fires_it(ruleset):
    fired = Counter()
    everywhere = Engine(type(one)(**{name: getattr(one, name) for name in one.__struct_fields__} | {"logsource": Logsource()}) for one in ruleset.rules)  # fmt: skip
    for number, one in enumerate(everywhere.rules):
        for choice in range(4):
            made = event(built(wishes(one.rule.condition, choice)))
            if one.holds(everywhere.view(made)):
                found = everywhere.matches(made)
                assert one.rule in found, (one.rule.title, made.native)
                if number % 40 == 0:
                    assert found == everywhere.evaluate_all(made)
                fired["fired"] += 1
                break
    assert fired["fired"] >= 0.98 * len(everywhere.rules)


# --- the cases that come with the public rules ---


@pytest.mark.parametrize("whole", [False, True], ids=["their own rules", "all rules"])
def test_the_regression_cases_fire(ruleset, shared, whole):
    folder = shared / "data" / "sigma"
    files = {str(path): path.read_bytes() for path in (folder / "rules").rglob("*.yml")}
    rules = ruleset.rules if whole else load(files).rules
    engine = Engine(rules)
    crossing = defaultdict(set)
    for line in (folder / "cross_fires.jsonl").read_text().splitlines():
        one = json.loads(line)
        crossing[one["case"], one["record_id"]].add(one["other_rule_id"])
    for line in gzip.decompress((folder / "regression.jsonl.gz").read_bytes()).splitlines():
        case = json.loads(line)
        fired = 0
        for one in case["events"]:
            ids = [rule.id for rule in engine.match(one["sigma_fields"], {})]
            fired += case["rule_id"] in ids
            if not whole:
                assert set(ids) - {case["rule_id"]} <= crossing[case["id"], one["record_id"]]
        assert fired >= (case["match_count"] or 1), case["rule_title"]
