"""Alerts that belong together, whatever their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.alerts.incidents import GAP, incidents
from seerflow.model.alert import Alert
from seerflow.model.finding import Evidence
from seerflow.model.log import Origin

HOUR = 3_600_000_000
ADDRESS = ("source.ip", "198.51.100.23")
HOST = ("host.name", "web-1")


def alert(name, key, *, at=0, last=None, level="medium", state="open", values=None, event=None):
    evidence = Evidence(
        event=event or f"event {name}", origin=Origin("t", 0, 0), time=at, values=values or {}
    )
    return Alert(
        id=name,
        revision=1,
        state=state,
        level=level,
        title=f"title {name}",
        story=f"story {name}",
        key=key,
        first=at,
        last=at if last is None else last,
        count=1,
        causes=(),
        findings=(),
        evidence=(evidence,),
        tags=(f"tag.{name}",),
    )


GROUPS = [
    pytest.param([alert("a", (ADDRESS,)), alert("b", (HOST,))], ["a", "b"], id="nothing in common"),
    pytest.param([alert("a", (ADDRESS,)), alert("b", (ADDRESS, HOST), at=HOUR)], ["ab"], id="one address"),
    pytest.param(
        [alert("a", (ADDRESS,)), alert("b", (("destination.ip", ADDRESS[1]),), at=HOUR)],
        ["ab"],
        id="an address at either end",
    ),
    pytest.param(
        [alert("a", (("user.name", "web-1"),)), alert("b", (HOST,))],
        ["a", "b"],
        id="a user named like a host",
    ),
    pytest.param(
        [alert("a", (ADDRESS,), values=dict([HOST])), alert("b", (HOST,), at=HOUR)],
        ["ab"],
        id="what the evidence names",
    ),
    pytest.param([alert("a", (ADDRESS,), event="e"), alert("b", (HOST,), event="e")], ["ab"], id="one event"),
    pytest.param(
        [alert("a", (ADDRESS,)), alert("c", (HOST,), at=2 * HOUR), alert("b", (ADDRESS, HOST), at=HOUR)],
        ["abc"],
        id="joined by a third",
    ),
    pytest.param(
        [alert("a", (ADDRESS,)), alert("b", (ADDRESS,), at=GAP + 1)], ["a", "b"], id="too far apart"
    ),
    pytest.param(
        [alert("a", (ADDRESS,), last=GAP), alert("b", (ADDRESS,), at=2 * GAP)],
        ["ab"],
        id="a long one reaches far",
    ),
    pytest.param(
        [
            alert("a", (ADDRESS,), last=9 * GAP),
            alert("b", (ADDRESS,), at=1),
            alert("c", (ADDRESS,), at=8 * GAP),
        ],
        ["abc"],
        id="the longest counts",
    ),
    pytest.param(
        [alert("a", (ADDRESS,)), alert("b", (ADDRESS,), state="retracted")], ["a"], id="what was taken back"
    ),
    pytest.param(
        [alert("a", (("host.name", ""),)), alert("b", (("host.name", ""),))], ["a", "b"], id="no name"
    ),
    pytest.param([], [], id="nothing"),
]


@pytest.mark.parametrize(("alerts", "groups"), GROUPS)
def test_what_belongs_together(alerts, groups):
    assert ["".join(one.alerts) for one in incidents(alerts)] == groups
    assert incidents(reversed(alerts)) == incidents(alerts)


def test_an_incident_says_what_its_alerts_say():
    (one,) = incidents(
        [alert("b", (ADDRESS, HOST), at=5, last=9, level="high"), alert("a", (ADDRESS,), at=2, last=3)]
    )
    assert (one.level, one.title, one.first, one.last) == ("high", "title b", 2, 9)
    assert (one.entities, one.stories, one.tags) == (
        (HOST, ADDRESS),
        ("story a", "story b"),
        ("tag.a", "tag.b"),
    )


KEYS = st.lists(
    st.tuples(st.sampled_from(["host.name", "user.name", "source.ip"]), st.sampled_from(["x", "y", "z"])),
    min_size=1,
    max_size=2,
).map(tuple)


@given(st.lists(st.tuples(KEYS, st.integers(0, 5 * GAP)), max_size=12), st.randoms())
def test_each_alert_is_in_one_incident_and_order_changes_nothing(drawn, chance):
    alerts = [alert(f"{number:02d}", key, at=at) for number, (key, at) in enumerate(drawn)]
    found = incidents(alerts)
    assert sorted(name for one in found for name in one.alerts) == [one.id for one in alerts]
    chance.shuffle(alerts)
    assert incidents(alerts) == found
