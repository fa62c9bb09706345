"""The key `seerflow:` in a rule: what only this project reads. Other Sigma tools pass over it."""

from typing import Any

from msgspec import Struct

from seerflow.rules.problem import UnreadableError

KEYS = ("story", "entity")

#: What other systems know, and what stands in its place here: refused, since a key that does nothing misleads.
ELSEWHERE = {
    "cooldown": "people hear of one story, key and day once; `alerts.quiet_seconds` of the configuration says after "
    "how long without news they hear of it again",
}


class Extension(Struct, frozen=True, kw_only=True):
    """What the key says."""

    story: str = ""  # findings of one story about one key become one alert
    entity: tuple[str, ...] = ()  # the fields whose values are the finding's key


def read(content: Any) -> Extension:
    """Read the key's value; raise UnreadableError for anything it may not say."""
    if content is None:
        return Extension()
    if not isinstance(content, dict):
        raise UnreadableError("`seerflow` is not a mapping", f"it may hold {', '.join(KEYS)}", "seerflow:")
    for key, help_ in ELSEWHERE.items():
        if key in content:
            raise UnreadableError(f"`seerflow.{key}` is not supported", help_, f"{key}:")
    unknown = [key for key in content if key not in KEYS]
    if unknown:
        raise UnreadableError(
            f"`seerflow` does not know '{unknown[0]}'", f"it may hold {', '.join(KEYS)}", f"{unknown[0]}:"
        )
    story = content.get("story", "")
    if not isinstance(story, str):
        raise UnreadableError("`seerflow.story` is not a text", "name the story in a few words", "story:")
    return Extension(
        story=story,
        entity=names(content.get("entity", []), "seerflow.entity"),
    )


def names(content: Any, what: str) -> tuple[str, ...]:
    """Read a name or a list of names."""
    listed = [content] if isinstance(content, str) else content
    if not isinstance(listed, list) or not all(isinstance(name, str) and name for name in listed):
        raise UnreadableError(f"`{what}` is not a name or a list of names", "", f"{what.rpartition('.')[2]}:")
    return tuple(dict.fromkeys(listed))
