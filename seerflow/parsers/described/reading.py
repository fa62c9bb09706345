"""A description into a parser."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seerflow.model.event import Value
from seerflow.parsers.contract import Frame, Outcome, Parser, Reading, Sign, Subject
from seerflow.parsers.described import moment, naming
from seerflow.parsers.described.condition import recognising
from seerflow.parsers.described.fault import Faults
from seerflow.parsers.described.part import part
from seerflow.parsers.described.unpacking import Unpack, named, paired
from seerflow.parsers.described.work import Step, Work, asking, first, listed, plain, reach
from seerflow.parsers.flatten import dump, flat
from seerflow.parsers.shape import keyword
from seerflow.parsers.vocabulary import TIME_NAMES, common_view, time_of

Parse = Callable[[Subject], Outcome]

#: A log is split into at most this many, of at most so many bytes altogether; else it is read as one and flagged.
MAX_PIECES = 1_000
MOST_BYTES = 4 << 20


def parser(head: Mapping[str, Any], body: Callable[[], Mapping[str, Any]], faults: Faults) -> Parser:
    """Make the parser. `head` says how its logs are known; `body`, the whole, is asked for at its first log."""
    reads = head["reads"]
    equals = str((head.get("pairs") or {}).get("equals", "="))
    first_test, signs = recognising(head["when"], reads, equals, ("when",), faults)
    return Parser(
        name=head["name"],
        version=head["version"],
        description=head["description"],
        reads="document" if reads == "document" else "text",
        programs=_programs(signs),
        first=first_test,
        parse=_lazily(body),
        signs=signs,
    )


def _programs(signs: tuple[Sign, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(program for sign in signs for program in sign.programs))


def _lazily(body: Callable[[], Mapping[str, Any]]) -> Parse:
    made: list[Parse] = []

    def parse(subject: Subject) -> Outcome:
        if not made:
            made.append(compiled(body(), Faults()))
        return made[0](subject)

    return parse


def compiled(told: Mapping[str, Any], faults: Faults) -> Parse:
    """Compile what a description says of a log's fields."""
    constants = _constants(told)
    native = _native(told)
    todo = part(told, (), faults)
    view = _general(told)
    enclosed = _enclosed(told)

    def parse(subject: Subject) -> Outcome:
        taken = native(subject)
        if taken is None:
            return None
        work = Work(subject=subject, native=taken[0], common={}, flags=("truncated",) if taken[1] else ())
        todo(work)
        if work.refused:
            return None
        if work.time is None:
            moment.usual(work)
        if view is not None:
            view(work)
        reading = Reading(
            common={**constants, **work.common}, native=work.native, time=work.time, flags=work.flags
        )
        payload = enclosed(work) if enclosed is not None else None
        return (reading,) if payload is None else (Frame(reading=reading, payload=payload),)

    reading = _split(told["split"], parse) if "split" in told else parse
    return _each(told["each"], reading) if "each" in told else reading


def _each(names: Any, parse: Parse) -> Parse:
    """Give what reads the items of a document's list, or the one document it encloses, and any other as it is."""
    paths = [(name, tuple(plain(name).split("."))) for name in listed(names)]

    def parse_each(subject: Subject) -> Outcome:
        document = subject.document or {}
        items = next((found for name, path in paths if (found := _items(document, name, path))), None)
        if items is None:
            return parse(subject)
        made: list[Reading | Frame] = []
        for item in items:
            text = dump(item)
            one = Subject(text, subject.received, subject.zone, subject.program, subject.framed, item)
            for outcome in parse(one) or ():
                reading = outcome.reading if isinstance(outcome, Frame) else outcome
                reading.text = reading.text or text
                if reading.time is None:
                    reading.time = _outer(document, subject)
                made.append(outcome)
        return tuple(made) or None

    return parse_each


def _outer(document: Mapping[str, Any], subject: Subject) -> int | None:
    """Give the time that stands around a log."""
    told = {name: document[name] for name in TIME_NAMES if isinstance(document.get(name), str | int | float)}
    return time_of(told, subject.received, subject.zone)


def _split(names: Any, parse: Parse) -> Parse:
    """Give what reads a document once with each item of a list in it, as long as that stays small."""
    paths = [tuple(plain(name).split(".")) for name in listed(names)]

    def parse_split(subject: Subject) -> Outcome:
        for path in paths:
            pieces, cut = _bounded(_pieces(subject.document or {}, path))
            if cut:
                return _flagged(parse(subject))
            if len(pieces) > 1:
                return _all_of(pieces, subject, parse)
        return parse(subject)

    return parse_split


def _bounded(pieces: Iterator[Any]) -> tuple[list[tuple[Any, str]], bool]:
    """Give the pieces with their texts, and whether they are too many or too large."""
    taken: list[tuple[Any, str]] = []
    left = MOST_BYTES
    for piece in pieces:
        text = dump(piece)
        left -= len(text)
        if left < 0 or len(taken) == MAX_PIECES:
            return [], True
        taken.append((piece, text))
    return taken, False


def _pieces(node: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Give the node as often as there are items in the lists on the path, each time with one item in each."""
    if isinstance(node, list):
        for item in node:
            for piece in _pieces(item, path):
                yield [piece]
    elif path and isinstance(node, dict) and path[0] in node:
        for piece in _pieces(node[path[0]], path[1:]):
            yield {**node, path[0]: piece}
    else:
        yield node


def _all_of(pieces: list[tuple[Any, str]], subject: Subject, parse: Parse) -> Outcome:
    made: list[Reading | Frame] = []
    for piece, text in pieces:
        one = Subject(text, subject.received, subject.zone, subject.program, subject.framed, piece)
        for outcome in parse(one) or ():
            (outcome.reading if isinstance(outcome, Frame) else outcome).text = text
            made.append(outcome)
    return tuple(made) or None


def _flagged(outcomes: Outcome) -> Outcome:
    for outcome in outcomes or ():
        reading = outcome.reading if isinstance(outcome, Frame) else outcome
        reading.flags = tuple(dict.fromkeys((*reading.flags, "truncated")))
    return outcomes


def _items(document: Mapping[str, Any], name: str, path: tuple[str, ...]) -> list[dict[str, Any]]:
    found = reach(document, name, path)
    items = found if isinstance(found, list) else [found]
    return [item for item in items if isinstance(item, dict) and item]


def _constants(told: Mapping[str, Any]) -> dict[str, Value]:
    product = told.get("product") or {}
    return {
        "event.dataset": told["dataset"],
        "event.module": told["dataset"].partition(".")[0],
        **{f"observer.{name}": value for name, value in product.items()},
    }


def _native(told: Mapping[str, Any]) -> Callable[[Subject], tuple[dict[str, Value], bool] | None]:
    if told["reads"] == "document":
        return lambda subject: flat(subject.document) if subject.document else None
    if told["reads"] == "text":
        return lambda subject: ({}, False)  # noqa: ARG005  the messages fill it
    unpack: Unpack
    if told["reads"] == "columns":
        unpack = named(told.get("columns") or [], str(told.get("delimiter", ",")))
    else:
        options = told.get("pairs") or {}
        unpack = paired(str(options.get("between", "")), str(options.get("equals", "=")))

    def read(subject: Subject) -> tuple[dict[str, Value], bool]:
        return unpack(subject.text)

    return read


def _claimed(told: Any) -> set[str]:
    """Give the native names that `fields` and `words` use, anywhere in the description: they mean what these say."""
    found: set[str] = set()
    if isinstance(told, list):
        for one in told:
            found |= _claimed(one)
    elif isinstance(told, dict):
        for section in ("fields", "words"):
            for spec in (told.get(section) or {}).values():
                found |= naming.references(spec)
        for key, value in told.items():
            if key not in ("fields", "words", "tests"):
                found |= _claimed(value)
    return found


def _general(told: Mapping[str, Any]) -> Step | None:
    """Give what names the fields that the description leaves over, by what such names usually mean."""
    asked = told.get("general", told["reads"] != "text")
    if asked is False:
        return None
    left = _claimed(told) | {plain(str(name)) for name in (listed(asked) if asked is not True else ())}

    def view(work: Work) -> None:
        common = common_view({name: value for name, value in work.native.items() if name not in left})
        have = work.common
        for side in ("source", "destination"):
            if f"{side}.address" in have or f"{side}.ip" in have or f"{side}.domain" in have:
                for leaf in ("address", "ip", "domain"):
                    common.pop(f"{side}.{leaf}", None)
        for name in left:
            common.pop(name, None)
        work.common = {**common, **have}

    return view


def _enclosed(told: Mapping[str, Any]) -> Callable[[Work], Subject | None] | None:
    spec = told.get("body")
    if spec is None:
        return None
    options = spec if isinstance(spec, dict) else {"from": spec}
    asks = [(asking(name), tuple(plain(name).split("."))) for name in listed(options["from"])]
    ask_program = asking(options["program"]) if "program" in options else None

    def enclosed(work: Work) -> Subject | None:
        program = (keyword(first(ask_program(work))) or "") if ask_program else ""
        subject = work.subject
        for ask, _ in asks:
            value = first(ask(work))
            if isinstance(value, str) and value.strip():
                text = value.strip()
                return Subject(text=text, received=subject.received, zone=subject.zone, program=program)
        return None

    return enclosed
