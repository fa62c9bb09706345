"""Who hears of what."""

import pytest

from seerflow.alerts.routing import Route, hears, listeners
from seerflow.model.alert import Alert


def alert(**more) -> Alert:
    values = {
        "id": "a", "revision": 1, "notice": "new", "level": "medium", "title": "t", "story": "bruteforce",
        "key": (), "first": 0, "last": 0, "count": 1, "causes": (), "findings": (), "tags": ("attack.t1110",),
    }  # fmt: skip
    return Alert(**(values | more))


@pytest.mark.parametrize(
    ("route", "changes", "expected"),
    [
        pytest.param({}, {}, True, id="everything"),
        pytest.param({}, {"notice": ""}, False, id="for the record only"),
        pytest.param({}, {"notice": "retracted", "state": "retracted"}, True, id="retractions too"),
        pytest.param({}, {"level": "informational"}, False, id="low is the default"),
        pytest.param({"min_level": "medium"}, {}, True, id="just loud enough"),
        pytest.param({"min_level": "high"}, {}, False, id="not loud enough"),
        pytest.param({"stories": ("brute*",)}, {}, True, id="story by glob"),
        pytest.param({"stories": ("other", "x")}, {}, False, id="other stories"),
        pytest.param({"tags": ("attack.t11*",)}, {}, True, id="tag by glob"),
        pytest.param({"tags": ("attack.t11*",)}, {"tags": ()}, False, id="no tags"),
        pytest.param({"stories": ("brute*",), "tags": ("x",)}, {}, False, id="all must match"),
    ],
)
def test_hears(route, changes, expected):
    assert hears(Route(notifier="slack", **route), alert(**changes)) is expected


def test_each_notifier_once_in_order():
    routes = [Route(notifier="mail"), Route(notifier="slack", min_level="high"), Route(notifier="mail")]
    assert listeners(routes, alert()) == ("mail",)
    assert listeners(routes, alert(level="high")) == ("mail", "slack")
