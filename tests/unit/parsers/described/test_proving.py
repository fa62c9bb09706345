"""Tests of descriptions fail where they should, and say why."""

import re
from pathlib import Path

import pytest
import yaml

from seerflow.parsers import PARSERS
from seerflow.parsers.described.proving import prove
from seerflow.parsers.shelf import shelve
from tests.unit.parsers.described import describing

HOW_TO = Path(__file__).parents[4] / "docs" / "how-to" / "add-a-parser.md"
TOLD = {"messages": [{"dissect": "k %{user.name} %{badge}"}], "time": "badge"}
LOG = "k bob 2024-02-06T12:14:14Z"


def proven(*tests, **more):
    told = {
        **describing.USUAL,
        "when": {"contains": ["k "]},
        **TOLD,
        **more,
        **({"tests": list(tests)} if tests else {}),
    }
    one = describing.parser(told)
    return [
        f"{'.'.join(map(str, fault.path))}: {fault.fact}"
        for fault in prove(shelve(PARSERS, (), (one,)), told)
    ]


HOLDS = [
    {
        "log": LOG,
        "expect": {"user.name": "bob", "@timestamp": "2024-02-06T12:14:14Z"},
        "absent": ["source.ip"],
    },
    {"log": LOG, "native": {"badge": "2024-02-06T12:14:14Z"}},
    {"log": LOG, "program": "doord", "expect": {"log.syslog.appname": "doord"}},
]


@pytest.mark.parametrize("test", HOLDS)
def test_what_holds(test):
    assert proven(test) == []


FAILS = [
    ({"log": LOG, "expect": {"user.name": "eve"}}, ["tests.0.expect.user.name: expected 'eve', got 'bob'"]),
    ({"log": LOG, "expect": {"user.id": "1"}}, ["tests.0.expect.user.id: expected '1', got nothing"]),
    ({"log": LOG, "expect": {"user.nme": "1"}}, ["tests.0.expect.user.nme: is no common field"]),
    ({"log": LOG, "expect": {"@timestamp": "2024-02-06T12:14:15Z"}}, ["tests.0.expect.@timestamp: expected '2024-02-06T12:14:15Z', got '2024-02-06T12:14:14.000000Z'"]),
    ({"log": "k bob x", "expect": {"@timestamp": "2024-02-06T12:14:15Z"}}, ["tests.0.expect.@timestamp: expected '2024-02-06T12:14:15Z', got nothing"]),
    ({"log": LOG, "native": {"badge": 1}}, ["tests.0.native.badge: expected 1, got '2024-02-06T12:14:14Z'"]),
    ({"log": LOG, "absent": "user.name"}, ["tests.0.absent: user.name is there: 'bob'"]),
    ({"log": "k"}, ["tests.0.log: is read by 'unknown', not by 'acme'"]),
    ({"log": ""}, ["tests.0.log: is rejected: empty: "]),
]  # fmt: skip


@pytest.mark.parametrize(("test", "wrong"), FAILS)
def test_what_fails(test, wrong):
    assert proven(test) == wrong


def test_no_tests_at_all():
    assert proven() == [": has no tests"]


def test_the_parser_of_the_how_to_is_right():
    (block, *_) = re.findall(r"```yaml\n(name: .*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    one = describing.parser(block)
    assert list(prove(shelve(PARSERS, (), (one,)), yaml.safe_load(block))) == []
