"""What every export owes: valid by its schema's rules, nothing lost, the same for the same event, for any event."""

import json
import runpy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.adapters.documents import encode, event_from_document
from seerflow.adapters.ecs import RELATED, ecs_document
from seerflow.adapters.ocsf.classes import CLASSES
from seerflow.adapters.ocsf.document import chosen, ocsf_document
from seerflow.model.event import Event
from seerflow.model.fields import BY_NAME, FIELDS
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read

GOLDEN = Path(__file__).parent.parent / "golden"
REGENERATE = runpy.run_path(str(GOLDEN / "regenerate.py"))
EVENTS = [
    event_from_document(json.loads(line))
    for line in (GOLDEN / "exports" / "events.jsonl").read_text(encoding="utf-8").splitlines()
]
READ = [
    one
    for log in sorted((GOLDEN / "parsers").glob("*/*.log"))
    for n, line in enumerate(log.read_bytes().splitlines())
    for one in read(RawLog(origin=Origin(log.stem, 0, n), raw=line, received=1_773_576_000_000_000))
    if isinstance(one, Event)
]

TEXT = st.text(min_size=1, max_size=12)
IPS = st.sampled_from(["192.0.2.1", "198.51.100.23", "2001:db8::1"])
VALUES = {
    "keyword": TEXT | st.sampled_from(["GET", "create", "warning", "inbound", "\\", "/", "a/b"]),
    "ip": IPS,
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "date": st.just("2026-03-11T22:14:15Z"),
    "keywords": st.lists(TEXT, min_size=1, max_size=3),
    "ips": st.lists(IPS, min_size=1, max_size=3),
}
WRITTEN = {"@timestamp", "event.original"}  # the document itself sets these
NAMES = [one.name for one in FIELDS if one.name not in WRITTEN]
#: Fields on which the class hangs, drawn more often than by chance.
TELLING = [
    "event.kind", "event.category", "event.type", "event.action", "user.name", "user.target.name", "group.name",
    "process.name", "file.path", "registry.path", "dns.question.name", "cloud.provider", "http.request.method",
    "source.ip", "destination.ip", "source.address", "network.direction", "log.level", "email.from.address", "email.to.address",
]  # fmt: skip


@st.composite
def events(draw):
    names = draw(st.lists(st.sampled_from(TELLING), max_size=6)) + draw(
        st.lists(st.sampled_from(NAMES), max_size=12)
    )
    common = {}
    for name in names:
        field = BY_NAME[name]
        common[name] = draw(st.sampled_from(sorted(field.values)) if field.values else VALUES[field.type])
    return Event(
        id="0" * 32,
        origin=Origin("t", 0, 1),
        time=draw(st.integers(0, 2**52)),
        received=7,
        parser="p/1",
        common=common,
        native=draw(st.dictionaries(TEXT, TEXT | st.none() | st.integers(), max_size=3)),
        text=draw(st.text(max_size=9)),
    )


def leaves(value, path=""):
    """Give (dotted path, value) of everything that is no object; lists of objects are walked through."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for one in value:
            yield from leaves(one, path)
    else:
        yield path, value


ECS_ADDED = {"ecs.version", "event.created", *(f"related.{name}" for name in RELATED)}
ECS_ARRAYS = {"event.category", "event.type", "host.ip", "host.mac", "observer.ip", "observer.mac"}


def held_ecs(event):
    document = ecs_document(event)
    ours = document.pop("seerflow")
    told = dict(leaves(document))
    assert [
        name for name in told if name not in ECS_ADDED and not (name in BY_NAME and BY_NAME[name].in_ecs)
    ] == []
    for name, value in event.common.items():
        if BY_NAME[name].in_ecs:
            assert told[name] == ([value] if name in ECS_ARRAYS else value)
        else:
            assert dict(leaves(ours))[name] == value
    assert ours["native"] == event.native
    assert told["@timestamp"]
    assert told["event.original"] == event.text
    assert told["event.kind"]
    for name in RELATED:
        found = told.get(f"related.{name}", [])
        assert len(found) == len(set(found))
    assert set(told.get("related.ip", [])) >= {
        event.common[n] for n in ("source.ip", "host.ip") if n in event.common
    }


BY_UID = {one.uid: one for one in CLASSES}
#: Attributes of OCSF's base event, and those that its profiles add.
OCSF_BASE = frozenset(
    [
        "activity_id",
        "activity_name",
        "category_name",
        "category_uid",
        "class_name",
        "class_uid",
        "duration",
        "message",
        "metadata",
        "observables",
        "raw_data",
        "severity",
        "severity_id",
        "status",
        "status_code",
        "status_detail",
        "status_id",
        "time",
        "type_name",
        "type_uid",
        "unmapped",
        "actor",
        "api",
        "cloud",
        "device",
        "action",
        "action_id",
        "disposition",
        "disposition_id",
        "firewall_rule",
    ]
)
SEVERITIES, STATUSES = {0, 1, 2, 3, 4, 5, 6}, {0, 1, 2}
#: Object -> what OCSF 1.3 requires in it.
OCSF_REQUIRED = {
    "cloud": {"provider"}, "api": {"operation"}, "device": {"type_id"}, "file": {"name", "type_id"},
    "email": {"from", "to"}, "http_response": {"code"}, "query": {"hostname"}, "reg_key": {"path"}, "tls": {"version"},
    "connection_info": {"direction_id"}, "finding_info": {"title", "uid"}, "product": {"vendor_name"},
    "os": {"name", "type_id"}, "ja3_hash": {"algorithm_id", "value"}, "ja3s_hash": {"algorithm_id", "value"},
    "analytic": {"type_id"}, "metadata": {"version", "product"},
}  # fmt: skip
#: The class's own objects, given empty where the log says nothing of them.
GIVEN = {"file", "reg_key", "email"}


def incomplete(value, name=""):
    """Give the objects that lack what OCSF requires in them."""
    if isinstance(value, list):
        return [one for item in value for one in incomplete(item, name)]
    if not isinstance(value, dict):
        return []
    found = [name] if OCSF_REQUIRED.get(name, set()) - value.keys() and (value or name not in GIVEN) else []
    inner = {key: one for key, one in value.items() if key != "unmapped"}
    return found + [one for key, item in inner.items() for one in incomplete(item, key)]


#: Fields that OCSF has in another form: ids, milliseconds, numbers.
CONVERTED = {"event.outcome", "event.duration", "event.original", "network.iana_number"}


def held_ocsf(event):
    document = ocsf_document(event)
    kind = BY_UID[document["class_uid"]]
    assert kind is chosen(event.common)
    assert (document["category_uid"], document["class_name"]) == (kind.category_uid, kind.name)
    assert document["type_uid"] == kind.uid * 100 + document["activity_id"]
    assert document["activity_id"] in {0, 99} | {number for number, _, _ in kind.activities}
    assert document["severity_id"] in SEVERITIES
    assert document["status_id"] in STATUSES
    assert isinstance(document["time"], int)
    assert document["time"] == event.time // 1000
    assert document["raw_data"] == event.text
    assert document["metadata"]["version"] == "1.3.0"
    assert document.keys() <= OCSF_BASE | kind.attributes
    assert document.keys() >= set(kind.required)
    # A class whose condition names the field always has the object; evidence is free in its form.
    shown = {name: value for name, value in document.items() if name != "evidences"}
    assert incomplete(shown) == []
    told = [value for _, value in leaves(document)]
    flat = {json.dumps(one) for value in told for one in (value if isinstance(value, list) else [value])}
    for name, value in event.common.items():
        if name not in CONVERTED:
            assert {json.dumps(one) for one in (value if isinstance(value, list) else [value])} <= flat, name
    assert all(event.native[name] == document["unmapped"][f"native.{name}"] for name in event.native)


@pytest.mark.parametrize("form", REGENERATE["EXPORTED"])
def test_the_golden_export_is_what_is_written(form):
    wanted = (GOLDEN / "exports" / f"{form}.json").read_text(encoding="utf-8")
    assert REGENERATE["exported"](form) == wanted, "run: PYTHONPATH=. python tests/golden/regenerate.py"


def test_the_golden_events_are_of_every_class():
    assert {chosen(one.common).uid for one in EVENTS} == set(BY_UID)


@pytest.mark.parametrize("hold", [held_ecs, held_ocsf], ids=["ecs", "ocsf"])
def test_every_golden_event_and_every_parsers_events_are_valid(hold):
    for event in (*EVENTS, *READ):
        hold(event)


@settings(max_examples=150, deadline=None)
@given(events())
def test_any_event_is_valid_ecs(event):
    held_ecs(event)
    assert json.loads(encode(ecs_document(event)))


@settings(max_examples=150, deadline=None)
@given(events())
def test_any_event_is_valid_ocsf(event):
    held_ocsf(event)
    assert json.loads(encode(ocsf_document(event)))


@pytest.mark.parametrize(
    ("told", "number"), [("6", 6), ("017", 17), ("x", None), ("1234", None), ("²", None)]
)
def test_a_protocols_number_is_a_number(told, number):
    common = {"source.ip": "192.0.2.1", "destination.ip": "192.0.2.2", "network.iana_number": told}
    event = Event(id="0", origin=Origin("t", 0, 0), time=0, received=0, parser="p/1", common=common)
    assert ocsf_document(event)["connection_info"].get("protocol_num") == number


@pytest.mark.parametrize("category", ["authentication", "iam", "network", "web"])
@pytest.mark.parametrize("direction", ["inbound", "outbound", "internal", "external"])
def test_a_direction_stands_only_where_the_class_has_connections(category, direction):
    common = {
        "event.category": category,
        "network.direction": direction,
        "source.ip": "192.0.2.1",
        "source.address": "192.0.2.1",
        "user.name": "alice",
    }
    held_ocsf(Event(id="0", origin=Origin("t", 0, 0), time=0, received=0, parser="p/1", common=common))


def test_an_event_is_left_as_it_was():
    for event in EVENTS:
        before = json.dumps([event.common, event.native], sort_keys=True)
        assert ecs_document(event) == ecs_document(event)
        assert ocsf_document(event) == ocsf_document(event)
        assert json.dumps([event.common, event.native], sort_keys=True) == before
