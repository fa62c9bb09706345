"""Who hears of an alert: by its level, its story and its tags."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from msgspec import Struct

from seerflow.alerts import score
from seerflow.model.alert import Alert


class Route(Struct, frozen=True, kw_only=True):
    """What one notifier wants to hear. Patterns are globs; without any, everything matches."""

    notifier: str
    min_level: str = "low"
    stories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def hears(route: Route, alert: Alert) -> bool:
    """Say whether that notifier is told of this revision. A revision without a notice is for the record only."""
    return (
        bool(alert.notice)
        and score.at_least(alert.level, route.min_level)
        and _matches(route.stories, (alert.story,))
        and _matches(route.tags, alert.tags)
    )


def listeners(routes: Iterable[Route], alert: Alert) -> tuple[str, ...]:
    """Give the notifiers that hear of this revision, each once, in the order of the routes."""
    return tuple(dict.fromkeys(route.notifier for route in routes if hears(route, alert)))


def _matches(patterns: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
