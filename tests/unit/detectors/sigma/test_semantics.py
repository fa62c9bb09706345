"""What each modifier means, as a table: a detection, an event, and whether it holds. Index and full scan agree."""

import pytest
import yaml

from seerflow.detectors.sigma.engine import Engine
from seerflow.model.event import Event
from seerflow.model.log import Origin
from seerflow.rules.load import load


def event(native, common=None, text=""):
    origin = Origin("t", 0, 0)
    return Event(
        id="e",
        origin=origin,
        time=0,
        received=0,
        parser="test/1",
        common=common or {},
        native=native,
        text=text,
    )


def engine(detection, values=None, logsource=None):
    rule = {
        "title": "T",
        "id": "6b1f0c0e-5d0c-4a43-9d5e-2f4b0c1d0001",
        "logsource": logsource or {"category": "any"},
        "detection": detection if "condition" in detection else {"s": detection, "condition": "s"},
    }
    ruleset = load({"r.yml": yaml.safe_dump(rule, allow_unicode=True).encode()}, values)
    assert [str(problem) for problem in ruleset.problems if problem.fatal] == []
    return Engine(ruleset.rules)


def holds(detection, native, common=None, values=None, text=""):
    made = engine(detection, values)
    view = made.view(event(native, common, text))
    scanned = made.rules[0].holds(view)
    # the same through the index, which routing would keep from it here
    everywhere = [
        one.rule.__class__(**{**_fields(one.rule), "logsource": type(one.rule.logsource)()})
        for one in made.rules
    ]
    indexed = Engine(everywhere)
    assert bool(indexed.matches(event(native, common, text))) is scanned
    assert bool(indexed.evaluate_all(event(native, common, text))) is scanned
    return scanned


def _fields(rule):
    return {name: getattr(rule, name) for name in rule.__struct_fields__}


CASES = [
    # (id, detection, native, holds)
    ("equal ignores case", {"f": "CmD"}, {"f": "cMd"}, True),
    ("equal is whole", {"f": "cmd"}, {"f": "cmd "}, False),
    ("field name in other case", {"FieldName": "x"}, {"fieldname": "x"}, True),
    ("exact name before other case", {"F": "x"}, {"f": "y", "F": "x"}, True),
    ("name with spaces", {"ThreatName": "x"}, {"Threat Name": "x"}, True),
    ("dotted path into documents", {"a.b.c": "x"}, {"a": {"b": {"c": "x"}}}, True),
    ("dotted path through lists", {"a.b": "y"}, {"a": [{"b": "x"}, {"b": "y"}]}, True),
    ("the whole tree by its stem", {"a|contains": "deep"}, {"a.b.c": "how deep", "a.d": 1}, True),
    ("list is one of", {"f": ["a", "b"]}, {"f": "B"}, True),
    ("several fields are all of", {"f": "a", "g": "b"}, {"f": "a", "g": "c"}, False),
    ("list of maps is one of", [{"f": "a"}, {"g": "b"}], {"g": "b"}, True),
    ("array has any element", {"f": "b"}, {"f": ["a", "b"]}, True),
    ("array of none", {"f": "b"}, {"f": []}, False),
    ("number equals text", {"f": 4688}, {"f": "4688"}, True),
    ("number without .0", {"f": 4688}, {"f": 4688.0}, True),
    ("number is not part of one", {"f": 46}, {"f": 4688}, False),
    ("boolean", {"f": True}, {"f": "True"}, True),
    ("JSON boolean", {"f": "true"}, {"f": True}, True),
    ("boolean is not one", {"f": 1}, {"f": True}, False),
    ("star", {"f": "a*c"}, {"f": "abbbC"}, True),
    ("star is anchored", {"f": "a*c"}, {"f": "xabbbc"}, False),
    ("question mark is one", {"f": "a?c"}, {"f": "abc"}, True),
    ("question mark is not none", {"f": "a?c"}, {"f": "ac"}, False),
    ("escaped star", {"f": r"a\*c"}, {"f": "a*c"}, True),
    ("escaped star is no star", {"f": r"a\*c"}, {"f": "abc"}, False),
    ("escaped backslash before a star", {"f": "C:\\\\*"}, {"f": "C:\\Windows"}, True),
    ("plain backslash", {"f": r"a\b"}, {"f": r"A\B"}, True),
    ("lone star needs the field", {"f": "*"}, {"g": "x"}, False),
    ("lone star takes the empty text", {"f": "*"}, {"f": ""}, True),
    ("star over lines", {"f": "a*b"}, {"f": "a\nb"}, True),
    ("contains", {"f|contains": "bc"}, {"f": "aBCd"}, True),
    ("contains with stars inside", {"f|contains": "a*d"}, {"f": "xxabcdxx"}, True),
    ("startswith", {"f|startswith": "ab"}, {"f": "ABc"}, True),
    ("endswith", {"f|endswith": "bc"}, {"f": "abcd"}, False),
    ("contains all", {"f|contains|all": ["a", "b"]}, {"f": "xbxa"}, True),
    ("contains all lacks one", {"f|contains|all": ["a", "b"]}, {"f": "xbx"}, False),
    ("cased", {"f|cased": "Abc"}, {"f": "abc"}, False),
    ("cased contains", {"f|contains|cased": "Bc"}, {"f": "aBcd"}, True),
    ("cased contains other case", {"f|contains|cased": "Bc"}, {"f": "abcd"}, False),
    ("neq", {"f|neq": "a"}, {"f": "b"}, True),
    ("neq equal", {"f|neq": "a"}, {"f": "A"}, False),
    ("neq of a missing field is true", {"f|neq": "a"}, {"g": "b"}, True),
    ("re is found anywhere", {"f|re": "b+c"}, {"f": "abbbcd"}, True),
    ("re minds case", {"f|re": "ABC"}, {"f": "abc"}, False),
    ("re i", {"f|re|i": "ABC"}, {"f": "abc"}, True),
    ("re m", {"f|re|m": "^b$"}, {"f": "a\nb\nc"}, True),
    ("re without m", {"f|re": "^b$"}, {"f": "a\nb\nc"}, False),
    ("re s", {"f|re|s": "a.b"}, {"f": "a\nb"}, True),
    ("re without s", {"f|re": "a.b"}, {"f": "a\nb"}, False),
    ("re of a missing field", {"f|re": ".*"}, {"g": "x"}, False),
    ("re on half a surrogate pair", {"f|re": "b$"}, {"f": "a\udc00b"}, True),
    ("re counted", {"f|re": ".{150}"}, {"f": "x" * 150}, True),
    ("re counted too short", {"f|re": ".{150}"}, {"f": "x" * 149}, False),
    ("cidr", {"f|cidr": "192.0.2.0/24"}, {"f": "192.0.2.77"}, True),
    ("cidr outside", {"f|cidr": "192.0.2.0/24"}, {"f": "192.0.3.1"}, False),
    ("cidr 6", {"f|cidr": "2001:db8::/32"}, {"f": "2001:DB8::1"}, True),
    ("cidr of no address", {"f|cidr": "192.0.2.0/24"}, {"f": "192.0.2"}, False),
    ("gt", {"f|gt": 5}, {"f": "6.5"}, True),
    ("gt equal", {"f|gt": 5}, {"f": 5}, False),
    ("gte", {"f|gte": 5}, {"f": 5}, True),
    ("lt", {"f|lt": 5}, {"f": -1}, True),
    ("lte of no number", {"f|lte": 5}, {"f": "many"}, False),
    ("lt of a missing field", {"f|lt": 5}, {}, False),
    ("exists", {"f|exists": True}, {"f": ""}, True),
    ("exists not", {"f|exists": True}, {"g": ""}, False),
    ("exists false", {"f|exists": False}, {"g": ""}, True),
    ("exists null", {"f|exists": True}, {"f": None}, False),
    ("null is missing", {"f": None}, {"g": "x"}, True),
    ("null is null", {"f": None}, {"f": None}, True),
    ("null is empty", {"f": None}, {"f": ""}, True),
    ("null is not something", {"f": None}, {"f": "x"}, False),
    ("empty is empty", {"f": ""}, {"f": ""}, True),
    ("empty is not missing", {"f": ""}, {"g": ""}, False),
    ("empty is not something", {"f": ""}, {"f": "x"}, False),
    ("fieldref", {"f|fieldref": "g"}, {"f": "Abc", "g": "aBC"}, True),
    ("fieldref differs", {"f|fieldref": "g"}, {"f": "a", "g": "b"}, False),
    ("fieldref missing", {"f|fieldref": "g"}, {"f": "a"}, False),
    ("fieldref startswith", {"f|fieldref|startswith": "g"}, {"f": "abc", "g": "ab"}, True),
    ("fieldref endswith", {"f|fieldref|endswith": "g"}, {"f": "abc", "g": "bc"}, True),
    ("fieldref contains", {"f|fieldref|contains": "g"}, {"f": "abcd", "g": "bc"}, True),
    ("windash as written", {"f|windash|contains": "-enc"}, {"f": "x -enc y"}, True),
    ("windash slash", {"f|windash|contains": "-enc"}, {"f": "x /ENC y"}, True),
    ("windash en dash", {"f|windash|contains": "-enc"}, {"f": "x \u2013enc y"}, True),
    ("windash all", {"f|windash|contains|all": ["-a", "-b"]}, {"f": "/a \u2014b"}, True),
    ("windash all lacks one", {"f|windash|contains|all": ["-a", "-b"]}, {"f": "/a"}, False),
    ("base64", {"f|base64": "foo bar"}, {"f": "Zm9vIGJhcg=="}, True),
    ("base64 minds case", {"f|base64": "foo bar"}, {"f": "zm9vigjhcg=="}, False),
    ("base64offset 0", {"f|base64offset|contains": "http://"}, {"f": "xx aHR0cDovL2Fi"}, True),
    ("base64offset 1", {"f|base64offset|contains": "http://"}, {"f": "eGh0dHA6Ly8="}, True),
    ("base64offset 2", {"f|base64offset|contains": "http://"}, {"f": "eHhodHRwOi8v"}, True),
    ("base64offset other case", {"f|base64offset|contains": "http://"}, {"f": "AHR0CDOVL2FI"}, False),
    ("wide base64", {"f|wide|base64offset|contains": "ab"}, {"f": "YQBiAA"}, True),
    ("utf16le is wide", {"f|utf16le|base64offset|contains": "ab"}, {"f": "YQBiAA"}, True),
    ("utf16be", {"f|utf16be|base64offset|contains": "ab"}, {"f": "AGEAYg=="}, True),
    ("utf16 has a mark", {"f|utf16|base64offset|contains": "ab"}, {"f": "//5hAGIA"}, True),
    ("hour", {"f|hour": 3}, {"f": "2026-03-12T03:07:14Z"}, True),
    ("hour in UTC", {"f|hour": 3}, {"f": "2026-03-12T05:07:14+02:00"}, True),
    ("hour of a Sysmon stamp", {"f|hour": 3}, {"f": "2026-03-12 03:07:14.113"}, True),
    ("hour of seconds since 1970", {"f|hour": 3}, {"f": 1773284834}, True),
    ("hour of milliseconds since 1970", {"f|hour": 3}, {"f": 1773284834000}, True),
    ("hour of no stamp", {"f|hour": 3}, {"f": "three"}, False),
    ("hour gte", {"f|hour|gte": 22}, {"f": "2026-03-12T23:07:14Z"}, True),
    ("minute", {"f|minute": 7}, {"f": "2026-03-12T03:07:14Z"}, True),
    ("day", {"f|day": 12}, {"f": "2026-03-12T03:07:14Z"}, True),
    ("week", {"f|week": 11}, {"f": "2026-03-12T03:07:14Z"}, True),
    ("month", {"f|month": 3}, {"f": "2026-03-12T03:07:14Z"}, True),
    ("year", {"f|year": 2025}, {"f": "2026-03-12T03:07:14Z"}, False),
    ("keyword", ["needle"], {"f": "hay needle hay"}, True),
    ("keyword in any field", ["needle"], {"f": "hay", "g": ["x", "NEEDLE"]}, True),
    ("keyword is not in names", ["needle"], {"needle": "hay"}, False),
    ("keyword not across fields", ["hayneedle"], {"f": "hay", "g": "needle"}, False),
    ("keyword number", [4711], {"f": "no 4711"}, True),
    ("keyword number in a number", [4711], {"f": 4711}, True),
    ("keyword with a star", ["hay*needle"], {"f": "xx hay yy needle zz"}, True),
    ("keywords all", {"|all": ["a1", "b1"]}, {"f": "a1", "g": "b1"}, True),
    ("keywords all lacks one", {"|all": ["a1", "b1"]}, {"f": "a1"}, False),
    ("keyword re", {"|re": "n.edle"}, {"f": "the nXedle needle"}, True),
    ("not", {"s": {"f": "a"}, "condition": "not s"}, {"f": "b"}, True),
    ("not of a missing field", {"s": {"f": "a"}, "condition": "not s"}, {}, True),
    ("1 of", {"a1": {"f": "a"}, "a2": {"f": "b"}, "condition": "1 of a*"}, {"f": "b"}, True),
    ("all of", {"a1": {"f": "a"}, "a2": {"g": "b"}, "condition": "all of a*"}, {"f": "a"}, False),
    ("1 of them", {"a1": {"f": "a"}, "b": {"g": "b"}, "condition": "1 of them"}, {"g": "b"}, True),
    ("not 1 of", {"s": {"f": "a"}, "x1": {"g": "b"}, "x2": {"g": "c"}, "condition": "s and not 1 of x*"}, {"f": "a", "g": "c"}, False),
    ("precedence", {"a": {"f": "a"}, "b": {"f": "b"}, "c": {"f": "c"}, "condition": "a or b and c"}, {"f": "a"}, True),
    ("folded by character", {"f|contains": "ΑΣ"}, {"f": "xασα"}, True),
    ("long s", {"f": "ssh"}, {"f": "\u017f\u017fh"}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("detection", "native", "wanted"), [pytest.param(*row[1:], id=row[0]) for row in CASES]
)
def test_a_detection_means(detection, native, wanted):
    assert holds(detection, native) is wanted


@pytest.mark.parametrize(
    ("detection", "native", "common", "wanted"),
    [
        pytest.param({"user.name": "Kim"}, {}, {"user.name": "kim"}, True, id="common field by its own name"),
        pytest.param({"Image|endswith": "/sh"}, {}, {"process.executable": "/bin/sh"}, True, id="alias of a common field"),
        pytest.param({"Image": "a"}, {"NewProcessName": "a"}, {}, True, id="alias of a native field"),
        pytest.param({"Image": "a"}, {"Image": "b", "NewProcessName": "a"}, {}, False, id="own name before an alias"),
        pytest.param({"Image": "a"}, {"NewProcessName": "b"}, {"process.executable": "a"}, False, id="native alias before a common one"),
        pytest.param({"dst_port": 443}, {}, {"destination.port": 443}, True, id="number in a common field"),
        pytest.param(["refused"], {}, {"message": "logon refused"}, True, id="keyword in the message"),
        pytest.param(["refused"], {"x": "y"}, {"user.name": "refused"}, False, id="keyword not in other common fields"),
    ],
)  # fmt: skip
def test_fields_are_found_where_the_source_has_them(detection, native, common, wanted):
    assert holds(detection, native, common) is wanted


def test_keywords_search_the_original_of_an_event_without_values():
    assert holds(["needle"], {}, text="hay needle")
    assert holds(["needle"], {"f": None}, text="hay needle")
    assert not holds(["needle"], {"f": "x"}, text="hay needle")


def test_value_lists_stand_for_placeholders():
    detection = {"f|expand": "%hosts%"}
    assert holds(detection, {"f": "DC-2"}, values={"hosts": ["dc-1", "dc-2"]})
    assert not holds(detection, {"f": "dc-3"}, values={"hosts": ["dc-1", "dc-2"]})
    assert holds({"f|expand": r"\\%hosts%\c$"}, {"f": r"\dc-1\c$"}, values={"hosts": ["dc-*"]})
    assert holds({"f|re|expand": "^%hosts%$"}, {"f": "d.1"}, values={"hosts": ["d.1"]})
    assert not holds({"f|re|expand": "^%hosts%$"}, {"f": "dx1"}, values={"hosts": ["d.1"]})
