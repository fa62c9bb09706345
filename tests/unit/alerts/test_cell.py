"""One alert a story, key and day: what it shows, when a person hears of it, and that order does not matter."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.alerts import memory as memories
from seerflow.alerts.cell import AlertCell
from seerflow.model.finding import LEVELS, Evidence, Finding, Reason
from seerflow.model.identity import DAY, alert_id, event_id
from seerflow.model.log import Origin

KEY = (("source.ip", "198.51.100.23"),)
HOUR = 3_600_000_000
NOON = 20_000 * DAY + 12 * HOUR


def piece(number: int, time: int) -> Evidence:
    origin = Origin("raw.test", 0, number)
    return Evidence(event=event_id(origin), origin=origin, time=time, text=f"line {number}")


def finding(name: str, level: str = "medium", hours: float = 0, **more) -> Finding:
    first = NOON + int(hours * HOUR)
    rule = more.pop("rule", "guessing")
    return Finding(
        id=name, detector="correlation", rule=rule, title=more.pop("title", f"title of {rule}"), level=level,
        story="bruteforce", key=KEY, first=first, last=more.pop("last", first), evidence=more.pop(
            "evidence", (piece(int(hours * 1000), first),)), **more,
    )  # fmt: skip


def told(findings, cell=None, **options):
    """Show findings to a cell. Gives the notices (None: nothing emitted), the last alert, the cell."""
    alerts, notices, last = AlertCell(**options), [], None
    for one in findings:
        cell, out = alerts.on_finding(one, cell)
        notices.append(out[0].notice if out else None)
        last = out[0] if out else last
    return notices, last, cell


RETRACTED = {"revision": 2, "retracted": True}


@pytest.mark.parametrize(
    ("findings", "notices"),
    [
        pytest.param([finding("a")], ["new"], id="the first"),
        pytest.param([finding("a", "informational")], [""], id="too quiet: for the record"),
        pytest.param(
            [finding("a", "informational"), finding("b", "high")], ["", "new"], id="loud in the end"
        ),
        pytest.param([finding("a"), finding("a")], ["new", None], id="a repeat"),
        pytest.param([finding("a", revision=2), finding("a")], ["new", None], id="an older revision"),
        pytest.param([finding("a"), finding("b", "critical")], ["new", "escalated"], id="louder"),
        pytest.param(
            [finding("a", "critical"), finding("b", rule="other")], ["new", ""], id="another, quieter cause"
        ),
        pytest.param([finding("a", count=4), finding("b", count=3)], ["new", None], id="a little more"),
        pytest.param([finding("a", count=4), finding("b", count=4)], ["new", ""], id="twice as much"),
        pytest.param([finding("a"), finding("a", **RETRACTED)], ["new", "retracted"], id="taken back"),
        pytest.param([finding("a", **RETRACTED), finding("a")], [None, None], id="taken back before it came"),
        pytest.param(
            [finding("a"), finding("b", rule="o"), finding("a", **RETRACTED)],
            ["new", "", ""],
            id="one of two",
        ),
        pytest.param(
            [finding("a", "high"), finding("b", "informational"), finding("a", "high", **RETRACTED)],
            ["new", "", "retracted"],
            id="what is left is too quiet",
        ),
        pytest.param(
            [finding("a"), finding("a", **RETRACTED), finding("a", revision=3)],
            ["new", "retracted", "reopened"],
            id="back again",
        ),
        pytest.param([finding("a"), finding("b", hours=6)], ["new", ""], id="six hours is no gap"),
        pytest.param([finding("a"), finding("b", hours=6.01)], ["new", "reopened"], id="a quiet gap"),
        pytest.param(
            [finding("a"), finding("b", hours=1.01, quiet=HOUR)],
            ["new", "reopened"],
            id="a rule's own quiet gap",
        ),
        pytest.param(
            [finding("a"), finding("b", hours=6.01, quiet=7 * HOUR)], ["new", ""], id="a longer one"
        ),
        pytest.param(
            [finding("a"), finding("a", revision=2, last=NOON + 7 * HOUR)],
            ["new", None],
            id="growth is no gap",
        ),
        pytest.param(
            [finding("a"), finding("b", replaces="a"), finding("a", **RETRACTED)],
            ["new", None, None],
            id="replaced",
        ),
        pytest.param(
            [finding("a", "high"), finding("a", "low", revision=2), finding("a", "high", revision=3)],
            ["new", "", ""],
            id="down and up again is not louder than was told",
        ),
    ],
)
def test_notices(findings, notices):
    assert told(findings)[0] == notices


def test_it_is_reopened_only_so_often():
    findings = [finding(str(n), hours=n * 2) for n in range(6)]
    assert told(findings, quiet=HOUR, max_reopened=3)[0] == ["new", *["reopened"] * 3, None, None]


def test_a_retracted_alert_keeps_the_level_that_people_were_told():
    _, alert, _ = told([finding("a", "high"), finding("a", "high", **RETRACTED)])
    assert (alert.state, alert.level, alert.title, alert.findings) == (
        "retracted",
        "high",
        "title of guessing",
        (),
    )
    assert alert.revision == 2


def test_what_an_alert_says():
    findings = [
        finding("a", count=6, tags=("attack.t1110",), reasons=(Reason(text="6 hits"),)),
        finding("b", "critical", 0.1, rule="success", tags=("attack.t1078",)),
    ]
    _, alert, _ = told(findings)
    assert alert.id == alert_id("bruteforce", KEY, NOON) == AlertCell().key(findings[1]).decode()
    assert (alert.level, alert.title, alert.count) == ("critical", "title of success", 7)
    assert [(cause.rule, cause.level, cause.count) for cause in alert.causes] == [
        ("success", "critical", 1),
        ("guessing", "medium", 6),
    ]
    assert (alert.first, alert.last) == (NOON, NOON + HOUR // 10)
    assert alert.findings == ("b", "a")
    assert [e.time for e in alert.evidence] == [NOON, NOON + HOUR // 10]
    assert alert.tags == ("attack.t1078", "attack.t1110")
    assert [reason.text for reason in alert.reasons] == ["6 hits"]


def test_a_day_is_an_alert():
    alerts = AlertCell()
    assert alerts.key(finding("a")) == alerts.key(finding("b", hours=11.9))
    assert alerts.key(finding("a")) != alerts.key(finding("b", hours=12))


def test_a_critical_asset_makes_it_louder():
    _, alert, _ = told([finding("a")], assets={"198.51.100.23": 4.0})
    assert alert.level == "high"


def test_a_flood_is_counted_and_says_so():
    findings = [finding(f"{n:05}", hours=n / 1000) for n in range(500)]
    notices, alert, cell = told(findings)
    assert notices.count("new") == 1
    assert len([notice for notice in notices if notice is not None]) == 9  # at 1, 2, 4, … 256
    assert "224 more findings of guessing" in alert.reasons[0].text
    assert alert.count == 256
    assert memories.read(cell).rest[0].findings == 500 - 32
    assert len(cell) < 20_000
    assert memories.read(cell).proofs[-1].time == findings[-1].last


def test_a_cell_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version 9"):
        AlertCell().on_finding(finding("a"), b"\x09")


def standing(cell) -> object:
    return AlertCell().alert(finding("x"), memories.read(cell)) if cell else None


@st.composite
def histories(draw):
    """Findings, some with later revisions, some taken back, some replacing others."""
    found = []
    for number in range(draw(st.integers(1, 8))):
        name = f"f{number}"
        pieces = tuple(piece(n, NOON + n) for n in sorted(draw(st.sets(st.integers(0, 30), max_size=12))))
        first = finding(
            name, draw(st.sampled_from(LEVELS)), rule=draw(st.sampled_from("pq")), evidence=pieces,
            count=draw(st.integers(1, 9)), last=NOON + draw(st.integers(0, 99)),
            reasons=(Reason(text=name),), title="t",
        )  # fmt: skip
        found.append(first)
        if draw(st.booleans()):
            replaces = draw(st.sampled_from(["", "f0", "f1"]))
            change = {"count": 10, "replaces": replaces if replaces != name else ""}
            found.append(msgspec.structs.replace(first, revision=2, **change))
        if draw(st.booleans()):
            found.append(msgspec.structs.replace(first, revision=3, retracted=True))
    return found


@settings(max_examples=150, deadline=None)
@given(histories(), st.data())
def test_the_order_of_findings_does_not_matter(findings, data):
    shuffled = data.draw(st.permutations(findings))
    repeats = data.draw(st.lists(st.sampled_from(findings), max_size=4))
    assert standing(told(findings)[2]) == standing(told([*shuffled, *repeats])[2])


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(90)), st.lists(st.sampled_from("pqr"), min_size=90, max_size=90))
def test_nor_in_a_flood(order, rules):
    findings = [finding(f"{n:05}", LEVELS[n % 3], n / 1000, rule=rules[n], title="t") for n in range(90)]
    assert standing(told(findings)[2]) == standing(told([findings[n] for n in order])[2])


@settings(max_examples=150, deadline=None)
@given(histories())
def test_people_hear_in_an_order_that_makes_sense(findings):
    """First "new"; "retracted" only of what is open; never louder without a word."""
    cell, heard, revision, loudest = None, False, 0, -1
    for one in findings:
        cell, out = AlertCell().on_finding(one, cell)
        for alert in out:
            revision += 1
            assert alert.revision == revision
            rank = LEVELS.index(alert.level)
            if alert.notice == "new":
                assert not heard
            elif alert.notice:
                assert heard
            heard |= bool(alert.notice)
            assert not (heard and alert.state == "open" and rank > loudest and not alert.notice)
            loudest = max(loudest, rank) if heard else loudest
