"""Sigma as a stateless detector: findings for the rules that speak, hits for the correlations that listen.

One hit for each distinct key: correlations that group by the same fields share one cell, so an event that matches
several base rules is shown to it once.
"""

from collections.abc import Iterable, Mapping

from seerflow.detectors.contract import Seen
from seerflow.detectors.sigma.engine import Engine
from seerflow.detectors.sigma.view import View
from seerflow.model.entity import Key
from seerflow.model.event import Event
from seerflow.model.finding import Evidence, Finding, Hit
from seerflow.model.identity import finding_id
from seerflow.rules.ruleset import Ruleset
from seerflow.rules.sigma import SigmaRule

MAX_VALUES = 12
MAX_VALUE = 200
MAX_TEXT = 500
MAX_KEY = 1_000  # characters of one value in a key

#: The keyed detector that the hits are for.
LISTENER = "correlation"

#: Whom a finding is about where its rule does not say: the first that is there.
ENTITIES = ("host.name", "user.name", "source.ip", "cloud.account.id")

_NOTHING = Seen()


class SigmaDetector:
    """All rules of a set over single events."""

    name = "sigma"

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.engine = Engine(ruleset.rules)

    def on_event(self, event: Event) -> Seen:
        """Give what the event's matches say by themselves, and what the correlations must see of it."""
        matched, view = self.engine.look(event)
        if not matched or view is None:
            return _NOTHING
        spoken = [rule for rule in matched if rule.id not in self.ruleset.silenced]
        findings = tuple(self._finding(rule, event, view) for rule in spoken)
        return Seen(findings, tuple((LISTENER, hit) for hit in self._hits(matched, event, view)))

    def _finding(self, rule: SigmaRule, event: Event, view: View) -> Finding:
        about = entity(rule, event, view)
        return Finding(
            id=finding_id(rule.id, about, event.id),
            detector=self.name,
            rule=rule.id,
            title=rule.title,
            level=rule.level,
            ruleset=self.ruleset.name,
            story=rule.story or rule.id,
            quiet=rule.cooldown,
            key=about,
            first=event.time,
            last=event.time,
            evidence=(evidence(event, rule.fields, view),),
            tags=rule.tags,
            authors=rule.authors,
            licence=rule.licence,
        )

    def _hits(self, matched: Iterable[SigmaRule], event: Event, view: View) -> list[Hit]:
        rules: dict[Key, list[str]] = {}
        counted: dict[Key, dict[str, str]] = {}
        shown: dict[Key, dict[str, None]] = {}
        for rule in matched:
            for grouping in self.ruleset.groupings.get(rule.id, ()):
                key = _key(grouping.keys, view)
                if key is None:
                    continue
                named = rules.setdefault(key, [])
                named += [] if rule.id in named else [rule.id]
                counted.setdefault(key, {}).update(_values(grouping.fields, view))
                sources = [source for _, source in (*grouping.keys, *grouping.fields)]
                shown.setdefault(key, {}).update(dict.fromkeys((*sources, *rule.fields)))
        return [
            Hit(rules=tuple(ids), key=key, evidence=evidence(event, shown[key], view), fields=counted[key])
            for key, ids in rules.items()
        ]


def entity(rule: SigmaRule, event: Event, view: View) -> Key:
    """Give whom a finding is about: what the rule says, else the first of ENTITIES, else the dataset."""
    named = tuple((field, value) for field in rule.entity if (value := first(field, view)))
    if named:
        return named
    for field in ENTITIES:
        value = first(field, view)
        if value:
            return ((field, value),)
    return (("event.dataset", str(event.common.get("event.dataset", "unknown"))[:MAX_KEY]),)


def evidence(event: Event, fields: Iterable[str], view: View) -> Evidence:
    """Give the event with the values that decided, as far as a person can read them."""
    return Evidence(
        event=event.id,
        origin=event.origin,
        time=event.time,
        values=deciding(fields, view),
        text=event.text[:MAX_TEXT],
    )


def deciding(fields: Iterable[str], view: View) -> dict[str, str]:
    """Give the values of fields, the first MAX_VALUES that are there, each cut at MAX_VALUE characters."""
    shown: dict[str, str] = {}
    for field in fields:
        value = view.raw(field)
        if value is not None:
            shown[field] = (value if isinstance(value, str) else ", ".join(value[:MAX_VALUES]))[:MAX_VALUE]
        if len(shown) == MAX_VALUES:
            break
    return shown


def first(field: str, view: View) -> str:
    """Give a field's value, of several the first, cut at MAX_KEY characters; "" if there is none."""
    value = view.raw(field)
    if isinstance(value, tuple):
        value = next(filter(None, value), "")
    return (value or "")[:MAX_KEY]


def _key(keys: Iterable[tuple[str, str]], view: View) -> Key | None:
    key = tuple((name, first(source, view)) for name, source in keys)
    return key if all(value for _, value in key) else None


def _values(fields: Iterable[tuple[str, str]], view: View) -> Mapping[str, str]:
    return {name: value for name, source in fields if (value := first(source, view))}
