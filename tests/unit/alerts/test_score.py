"""The order of levels and what an asset's worth makes of one."""

import pytest

from seerflow.alerts import score
from seerflow.model.finding import LEVELS


def test_ranks():
    assert [score.rank(level) for level in LEVELS] == [0, 1, 2, 3, 4]
    assert score.rank("unheard of") == score.rank("medium")


@pytest.mark.parametrize(
    ("levels", "loudest"),
    [([], "informational"), (["low", "critical", "high"], "critical"), (["low"], "low")],
)
def test_loudest(levels, loudest):
    assert score.loudest(levels) == loudest


@pytest.mark.parametrize(("level", "wanted", "holds"), [("low", "low", True), ("low", "high", False)])
def test_at_least(level, wanted, holds):
    assert score.at_least(level, wanted) is holds


@pytest.mark.parametrize(
    ("level", "criticality", "weighed"),
    [
        ("medium", 1.0, "medium"),
        ("medium", 3.9, "medium"),
        ("medium", 4.0, "high"),
        ("medium", 16.0, "critical"),
        ("critical", 1000.0, "critical"),
        ("medium", 0.25, "low"),
        ("medium", 0.0, "informational"),
        ("medium", -1.0, "informational"),
    ],
)
def test_weighed(level, criticality, weighed):
    assert score.weighed(level, criticality) == weighed


def test_criticality_is_that_of_the_most_critical_entity():
    key = (("host.name", "db-prod-01"), ("user.name", "guest"))
    assert score.criticality(key, {"db-prod-01": 4.0, "guest": 0.5}) == 4.0
    assert score.criticality(key, {}) == 1.0
