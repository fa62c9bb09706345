"""Why a rule did or did not match an event: each part of its condition with the value that decided."""

from collections.abc import Iterator

from msgspec import Struct

from seerflow.detectors.sigma.closures import compiled
from seerflow.detectors.sigma.detector import deciding
from seerflow.detectors.sigma.engine import Engine
from seerflow.detectors.sigma.lanes import applies, lanes
from seerflow.detectors.sigma.view import View
from seerflow.model.event import Event
from seerflow.rules.condition import ANY_FIELD, And, Node, Not, Test
from seerflow.rules.sigma import SigmaRule

MAX_LISTED = 3  # wanted values shown of one test


class Part(Struct, frozen=True, kw_only=True):
    """One part of a condition, as it fared."""

    depth: int  # 0: the whole condition
    text: str  # "and", "or", "not", or the test in words
    holds: bool
    field: str = ""
    value: str | None = None  # what stood in the field; None: nothing


class Explanation(Struct, frozen=True, kw_only=True):
    """One rule beside one event."""

    rule: str
    title: str
    event: str
    matches: bool
    applies: bool  # whether the rule is for logs of this kind at all
    lanes: tuple[tuple[str | None, str | None, str | None], ...]
    parts: tuple[Part, ...]


def explain(rule: SigmaRule, event: Event, engine: Engine) -> Explanation:
    """Put every part of the rule's condition to the event."""
    view = engine.view(event)
    given = lanes(event.native, event.common)
    meant = applies(rule.logsource, given)
    parts = tuple(_parts(rule.condition, view, 0))
    return Explanation(
        rule=rule.id,
        title=rule.title,
        event=event.id,
        matches=meant and parts[0].holds,
        applies=meant,
        lanes=given,
        parts=parts,
    )


def _parts(node: Node, view: View, depth: int) -> Iterator[Part]:
    holds = compiled(node)(view)
    if isinstance(node, Test):
        name = node.field or "any field"
        value = None if node.field == ANY_FIELD else deciding((node.field,), view).get(node.field)
        yield Part(depth=depth, text=f"{name} {said(node)}", holds=holds, field=node.field, value=value)
        return
    word = "not" if isinstance(node, Not) else "and" if isinstance(node, And) else "or"
    yield Part(depth=depth, text=word, holds=holds)
    for part in (node.part,) if isinstance(node, Not) else node.parts:
        yield from _parts(part, view, depth + 1)


def said(test: Test) -> str:
    """Give a test in words, without its field: `ends "cmd.exe", "powershell.exe" (of 7)`."""
    listed = ", ".join(repr(value) for value in test.values[:MAX_LISTED])
    more = f" (of {len(test.values)})" if len(test.values) > MAX_LISTED else ""
    part = f" {test.flags}" if test.flags else ""
    return f"{test.op}{part} {listed}{more}{' cased' if test.cased else ''}".rstrip()
