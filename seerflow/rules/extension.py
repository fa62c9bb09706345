"""The key `seerflow:` in a rule: what only this project reads. Other Sigma tools pass over it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from seerflow.rules.problem import UnreadableError
from seerflow.rules.timespan import microseconds

OF_CORRELATIONS = ("gap", "absent", "within")

KEYS = ("story", "entity", "cooldown", *OF_CORRELATIONS)


class Extension(Struct, frozen=True, kw_only=True):
    """What the key says."""

    story: str = ""  # findings of one story about one key become one alert
    entity: tuple[str, ...] = ()  # the fields whose values are the finding's key
    cooldown: int = 0  # microseconds without news after which news opens the alert again; 0: as configured
    gap: int = 0  # of a correlation: a pause of more than so many microseconds ends a session
    absent: tuple[str, ...] = ()  # of a correlation: rules that must not match afterwards
    within: int = 0  # for so many microseconds; 0: for its timespan


def read(content: Any, *, joins: bool = False) -> Extension:
    """Read the key's value; raise UnreadableError for anything it may not say. `joins`: of a correlation."""
    if content is None:
        return Extension()
    _check(content, joins=joins)
    story = content.get("story", "")
    if not isinstance(story, str):
        raise UnreadableError("`seerflow.story` is not a text", "name the story in a few words", "story:")
    return Extension(
        story=story,
        entity=names(content.get("entity", []), "seerflow.entity"),
        cooldown=_span(content, "cooldown"),
        gap=_span(content, "gap"),
        absent=names(content.get("absent", []), "seerflow.absent"),
        within=_span(content, "within"),
    )


def _check(content: Any, *, joins: bool) -> None:
    if not isinstance(content, dict):
        raise UnreadableError("`seerflow` is not a mapping", f"it may hold {', '.join(KEYS)}", "seerflow:")
    unknown = [key for key in content if key not in KEYS]
    if unknown:
        raise UnreadableError(
            f"`seerflow` does not know '{unknown[0]}'", f"it may hold {', '.join(KEYS)}", f"{unknown[0]}:"
        )
    stray = [key for key in OF_CORRELATIONS if key in content and not joins]
    if stray:
        raise UnreadableError(
            f"`seerflow.{stray[0]}` is a key of a correlation", "write it in the correlation", f"{stray[0]}:"
        )
    if "within" in content and "absent" not in content:
        raise UnreadableError(
            "`seerflow.within` says nothing without `absent`", "add: absent: rule", "within:"
        )


def _span(content: Mapping[str, Any], key: str) -> int:
    return microseconds(content[key], f"{key}:") if key in content else 0


def names(content: Any, what: str) -> tuple[str, ...]:
    """Read a name or a list of names."""
    listed = [content] if isinstance(content, str) else content
    if not isinstance(listed, list) or not all(isinstance(name, str) and name for name in listed):
        raise UnreadableError(f"`{what}` is not a name or a list of names", "", f"{what.rpartition('.')[2]}:")
    return tuple(dict.fromkeys(listed))
