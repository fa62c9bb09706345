"""The public rules' own cases fire whatever carried the event: EVTX as JSON, XML, flat, winlogbeat, Wazuh, NXLog."""

import gzip
import json
from collections.abc import Iterator

import pytest

from seerflow.detectors.sigma.engine import Engine
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read
from seerflow.rules.load import load

RECEIVED = 1_780_272_000_000_000


@pytest.fixture(scope="module")
def engine(shared):
    folder = shared / "data" / "sigma" / "rules"
    return Engine(load({str(path): path.read_bytes() for path in folder.rglob("*.yml")}).rules)


@pytest.fixture(scope="module")
def cases(shared):
    packed = (shared / "data" / "sigma" / "regression.jsonl.gz").read_bytes()
    return [json.loads(line) for line in gzip.decompress(packed).splitlines()]


def parts(one: dict) -> tuple[dict, dict]:
    """Give the System values by their flat names, and the data."""
    system = one["json"]["Event"]["System"]
    data = one["json"]["Event"].get("EventData") or {}
    event_id = system["EventID"]
    flat = {
        "provider": system["Provider"]["#attributes"]["Name"],
        "id": event_id["#text"] if isinstance(event_id, dict) else event_id,
        "channel": system["Channel"],
        "computer": system["Computer"],
        "time": system["TimeCreated"]["#attributes"]["SystemTime"],
    }
    return flat, {name: value for name, value in data.items() if name != "#attributes"}


def winlogbeat(one: dict) -> str:
    told, data = parts(one)
    winlog = {"channel": told["channel"], "event_id": told["id"], "provider_name": told["provider"]}
    return json.dumps(
        {
            "@timestamp": told["time"],
            "winlog": winlog | {"computer_name": told["computer"], "event_data": data},
        }
    )


def nxlog(one: dict) -> str:
    told, data = parts(one)
    head = {"EventTime": told["time"], "Hostname": told["computer"], "EventID": told["id"]}
    return json.dumps(head | {"SourceName": told["provider"], "Channel": told["channel"]} | data)


def wazuh(one: dict) -> str:
    told, data = parts(one)
    system = {"providerName": told["provider"], "eventID": str(told["id"]), "channel": told["channel"]}
    doubled = {n[:1].lower() + n[1:]: str(v).replace("\\", "\\\\") for n, v in data.items()}
    return json.dumps(
        {
            "win": {
                "system": system | {"systemTime": told["time"], "computer": told["computer"]},
                "eventdata": doubled,
            }
        }
    )


FORMS = {
    "evtx": lambda one: json.dumps(one["json"]),
    "xml": lambda one: one["xml"],
    "xml in one line of syslog": lambda one: (
        "<13>Nov 24 10:00:00 pc nxlog: " + " ".join(one["xml"].partition("?>")[2].split("\n"))
    ),
    "flat": lambda one: json.dumps(one["sigma_fields"]),
    "winlogbeat": winlogbeat,
    "nxlog": nxlog,
    "wazuh": wazuh,
}
# Values that these forms do not carry: a case about them cannot fire there.
UNNAMED = {"winlogbeat", "nxlog", "wazuh"}


def matches(engine: Engine, text: str) -> Iterator[str]:
    for event in read(RawLog(origin=Origin("t", 0, 0), raw=text.encode(), received=RECEIVED)):
        assert isinstance(event, Event)
        assert "unparsed" not in event.flags
        yield from (rule.id for rule in engine.matches(event))


@pytest.mark.parametrize("form", FORMS)
def test_the_regression_cases_fire_from_every_form(engine, cases, form):
    asked = [case for case in cases if form not in UNNAMED or all(parts(one)[1] for one in case["events"])]
    assert len(asked) >= 0.9 * len(cases)
    silent = [
        case["rule_title"]
        for case in asked
        if sum(case["rule_id"] in set(matches(engine, FORMS[form](one))) for one in case["events"])
        < (case["match_count"] or 1)
    ]
    assert silent == []


@pytest.mark.parametrize("form", ["xml", "flat"])
def test_no_form_fires_other_rules(engine, cases, form):
    for case in cases:
        for one in case["events"]:
            wanted = set(matches(engine, FORMS["evtx"](one)))
            assert set(matches(engine, FORMS[form](one))) == wanted, case["rule_title"]


def test_windows_attacks_are_understood(shared):
    count = 0
    for path in sorted((shared / "data" / "windows_attacks").glob("*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            case = json.loads(line)
            for one in case.get("events", [case]):
                (event,) = read(
                    RawLog(origin=Origin("t", 0, 0), raw=json.dumps(one).encode(), received=RECEIVED)
                )
                assert isinstance(event, Event)
                assert event.parser.startswith("windows/")
                assert not set(event.flags) & {"unparsed", "inferred", "time_assumed"}
                count += 1
    assert count > 20_000
