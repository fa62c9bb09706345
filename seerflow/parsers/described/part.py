"""A part of a description: what it takes from a log, and in which order.

The order: decode, unpack, columns, set, the captures of the first message that matches, fields, words, time, that
message's own part, switch, kinds. What is done later has the last word.
"""

from collections.abc import Callable, Mapping
from typing import Any

from seerflow.model.fields import BY_NAME
from seerflow.parsers.described import dissect, expression, moment, naming, unpacking, wording
from seerflow.parsers.described.condition import deciding
from seerflow.parsers.described.fault import Faults, Path
from seerflow.parsers.described.work import Step, Work, asking, first, listed
from seerflow.parsers.shape import ABSENT, keyword
from seerflow.parsers.unknown import infer

Capture = Callable[[str], dict[str, str] | None]


def part(told: Mapping[str, Any], path: Path, faults: Faults) -> Step:
    """Compile a part."""
    before = unpacking.decoding(told.get("decode") or {}, (*path, "decode"), faults)
    before += unpacking.unpacking(told.get("unpack") or {}, (*path, "unpack"), faults)
    if "columns" in told and path:
        before.append(_columns(told))
    before += naming.constants(told.get("set") or {}, (*path, "set"), faults)
    find = _messages(told, (*path, "messages"), faults) if "messages" in told else None
    after = naming.fields(told.get("fields") or {}, (*path, "fields"), faults)
    after += wording.words(told.get("words") or {}, (*path, "words"), faults)
    if "time" in told:
        after.append(moment.step(told["time"], (*path, "time"), faults))
    if "switch" in told:
        after.append(_switch(told["switch"], (*path, "switch"), faults))
    if "kinds" in told:
        after.append(_kinds(told["kinds"], (*path, "kinds"), faults))
    return _doing(tuple(before), find, tuple(after))


def _doing(
    before: tuple[Step, ...], find: Callable[[Work], Step | None] | None, after: tuple[Step, ...]
) -> Step:
    def do(work: Work) -> None:
        for step in before:
            step(work)
        chosen = find(work) if find is not None else None
        if work.refused:
            return
        for step in after:
            step(work)
        if chosen is not None:
            chosen(work)

    return do


def _columns(told: Mapping[str, Any]) -> Step:
    read = unpacking.named(told["columns"], str(told.get("delimiter", ",")))

    def name_columns(work: Work) -> None:
        work.native.update(read(work.subject.text)[0])

    return name_columns


def _switch(told: Mapping[str, Any], path: Path, faults: Faults) -> Step:
    cases: dict[str, Step] = {}
    for names, one in (told.get("cases") or {}).items():
        compiled = part(one or {}, (*path, "cases", names), faults)
        for name in str(names).split("|"):
            text = {"True": "true", "False": "false"}.get(name.strip(), name.strip())
            cases[text.lower()] = compiled
    asks = [asking(name) for name in listed(told.get("field"))]
    rest = cases.pop("*", None)

    def switch(work: Work) -> None:
        for ask in asks:
            value = keyword(first(ask(work)))
            if value is not None and (case := cases.get(value.lower())) is not None:
                case(work)
                return
        if rest is not None:
            rest(work)

    return switch


def _kinds(told: list[Any], path: Path, faults: Faults) -> Step:
    kinds = [
        (
            deciding(one.get("when") or {}, (*path, index, "when"), faults),
            part(one, (*path, index), faults),
        )
        for index, one in enumerate(told)
    ]

    def choose(work: Work) -> None:
        for decide, todo in kinds:
            if decide(work):
                todo(work)
                return

    return choose


def _messages(told: Mapping[str, Any], path: Path, faults: Faults) -> Callable[[Work], Step | None]:
    shapes = [_message(one, (*path, index), faults) for index, one in enumerate(told["messages"])]
    whole = told.get("reads") == "text"  # the messages are all there is
    keep = told.get("otherwise", "refuse" if whole else "keep") == "keep"

    def find(work: Work) -> Step | None:
        for shape in shapes:
            if (todo := shape(work)) is not None:
                return todo
        if keep and whole:
            common, inferred = infer(work.subject.text)
            work.common = {**common, **work.common}
            work.flags += ("inferred",) if inferred else ()
        elif not keep:
            work.refused = True
        return None

    return find


def _message(told: Mapping[str, Any], path: Path, faults: Faults) -> Callable[[Work], Step | None]:
    capture, names = _capture(told, path, faults)
    setters = {name: naming.setter(name) for name in names if name in BY_NAME}
    source = asking(told["from"]) if "from" in told else None
    decide = deciding(told.get("when") or {}, (*path, "when"), faults) if "when" in told else None
    todo = part({key: value for key, value in told.items() if key != "when"}, path, faults)

    def match(work: Work) -> Step | None:
        if decide is not None and not decide(work):
            return None
        text = work.subject.text if source is None else keyword(first(source(work)))
        found = capture(text) if text else None
        if found is None or not _taken(work, found, setters):
            return None
        return todo

    return match


def _capture(told: Mapping[str, Any], path: Path, faults: Faults) -> tuple[Capture, list[str]]:
    try:
        if "dissect" in told:
            return dissect.compiled(told["dissect"]), dissect.names(told["dissect"])
        if "regex" in told:
            return expression.capturing(told["regex"]), expression.names(told["regex"])
    except ValueError as error:
        faults.add((*path, "dissect" if "dissect" in told else "regex"), f"cannot be read: {error}")
        return (lambda text: {}), []  # noqa: ARG005  nothing is read with it
    literal = told.get("text")
    if isinstance(literal, str):
        return (lambda text: {} if literal in text[: expression.SEARCHED] else None), []
    return (lambda text: {}), []  # noqa: ARG005  a message of any text, chosen by its `when`


def _taken(work: Work, found: dict[str, str], setters: Mapping[str, naming.Setter]) -> bool:
    """Lay the captured over the work; False, and nothing is laid, where one does not fit its field's type."""
    common: dict[str, Any] = {}
    for name, setting in setters.items():
        value = found.get(name)
        if value is not None and not setting(common, value) and value.strip() not in ABSENT:
            return False
    work.common.update(common)
    for name, value in found.items():
        if name not in setters and value:
            work.native[name] = value
    return True
