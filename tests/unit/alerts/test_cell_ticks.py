"""Ticks: an alert is forgotten when nothing that is in time can amend it any more, and not before."""

import pytest

from seerflow.alerts.cell import RETENTION, AlertCell
from seerflow.model.finding import Finding

BEGAN = 1_773_284_834_000_000  # 2026-03-12T03:07:14Z
LAST = BEGAN + 60_000_000


def finding(revision: int = 1) -> Finding:
    return Finding(
        id="f",
        revision=revision,
        detector="correlation",
        rule="r",
        title="SSH brute force",
        level="medium",
        story="ssh-bruteforce",
        key=(("source.address", "198.51.100.23"),),
        first=BEGAN,
        last=LAST,
        count=6,
    )


@pytest.mark.parametrize(
    ("watermark", "kept"),
    [
        pytest.param(LAST, True, id="at its latest evidence"),
        pytest.param(LAST + RETENTION, True, id="the last moment at which something may amend it"),
        pytest.param(LAST + RETENTION + 1, False, id="a moment later"),
    ],
)
def test_a_tick_forgets_only_what_is_past(watermark: int, kept: bool) -> None:
    cell, alerts = AlertCell().on_finding(finding(), None)
    assert [alert.notice for alert in alerts] == ["new"]
    assert cell is not None
    after = AlertCell().on_tick(cell, watermark)
    assert after == (cell if kept else None)


def test_a_repeat_after_a_tick_is_still_a_repeat() -> None:
    cell, _ = AlertCell().on_finding(finding(), None)
    assert cell is not None
    assert AlertCell().on_finding(finding(), AlertCell().on_tick(cell, LAST)) == (cell, ())
