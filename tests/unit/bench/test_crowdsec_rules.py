"""Scenario definitions of another system as rules of ours: buckets as windows, filters as selections."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.detectors.correlation import CorrelationDetector
from seerflow.model.finding import Evidence, Hit
from seerflow.model.identity import event_id
from seerflow.model.log import Origin
from seerflow.rules.load import load

BENCH = Path(__file__).resolve().parents[3] / "bench"
SECOND = 1_000_000
KEY = (("source.ip", "198.51.100.23"),)


@pytest.fixture(autouse=True)
def _bench_is_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))


def definition(**changes):
    return {
        "type": "leaky", "filter": "evt.Meta.log_type == 'door_failed_auth'", "groupby": "evt.Meta.source_ip",
        "distinct": None, "capacity": 3, "leakspeed": "10s", "duration": None, "blackhole": "1m", "condition": None,
    } | changes  # fmt: skip


def made(**changes):
    from crowdsec_rules import documents

    return documents("somebody/door-bf", definition(**changes))


def overflows(times, capacity, leak):
    """Pour into a bucket that leaks one each `leak` seconds; say whether it runs over."""
    room, before = float(capacity), times[0]
    for time in times:
        room = min(capacity, room + (time - before) / leak)
        before = time
        if room < 1:
            return True
        room -= 1
    return False


TIMES = st.lists(st.integers(0, 60), min_size=1, max_size=12).map(sorted)


@settings(max_examples=200, deadline=None)
@given(TIMES)
def test_windows_run_over_exactly_when_the_bucket_does(times):
    ruleset = load({"bucket.yml": yaml.safe_dump_all(made()).encode()})
    detector, cell, found = CorrelationDetector(ruleset.correlations, "r"), None, []
    for number, time in enumerate(times):
        origin = Origin("t", 0, number)
        evidence = Evidence(event=event_id(origin), origin=origin, time=time * SECOND)
        cell, some = detector.on_hit(Hit(rules=(ruleset.rules[0].id,), key=KEY, evidence=evidence), cell)
        found += some
    assert bool(found) == overflows(times, 3, 10)


FILTERS = [
    ("evt.Meta.http_path contains 'x' && evt.Parsed.verb == 'POST'", "(s1 and s2)"),
    ("evt.Meta.http_status in ['404', '403'] || !(evt.Meta.user == 'a')", "(s1 or not s2)"),
    ("let u = Lower(evt.Meta.http_path); u startsWith '/a' or u endsWith '/b'", "(s1 or s2)"),
    ("evt.Meta.user not in ['', nil]", "s1"),
    ("evt.Meta.service == 'door' and evt.Meta.http_status == '401'", "s1"),
]


@pytest.mark.parametrize(("text", "condition"), FILTERS, ids=[text for text, _ in FILTERS])
def test_a_filter_is_translated(text, condition):
    assert made(filter=text)[0]["detection"]["condition"] == condition


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"filter": "any(File('nowhere.txt'), {evt.Meta.http_path contains #})"}, "nowhere.txt"),
        ({"filter": "evt.Meta.colour == 'red'"}, "evt.Meta.colour has no field"),
        ({"filter": "evt.Meta.service == 'door'"}, "nothing in its filter"),
        ({"groupby": "evt.Meta.ASNNumber"}, "groups by"),
        ({"distinct": "evt.Meta.colour"}, "evt.Meta.colour has no field"),
        ({"condition": "len(queue.Queue) >= 2 and Distance(1, 2, 3, 4) > 5"}, "distances"),
        ({"filter": "evt.Meta.user =="}, "too soon"),
    ],
)
def test_what_cannot_be_translated_says_why(changes, reason):
    from crowdsec_filter import Untranslated

    with pytest.raises(Untranslated, match=reason):
        made(**changes)


def test_the_script_prints_rules_that_load(tmp_path):
    path = tmp_path / "cases.jsonl"
    other = definition(filter="evt.Meta.colour == 'red'")
    path.write_text(json.dumps({"scenario_definitions": {"a/door": definition(), "a/red": other}}) + "\n")
    command = [sys.executable, str(BENCH / "crowdsec_rules.py"), str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    ruleset = load({"made.yml": done.stdout})
    assert ruleset.problems == ()
    assert {one.story for one in ruleset.correlations} == {"a/door"}
    assert b"a/red: evt.Meta.colour has no field here" in done.stderr
