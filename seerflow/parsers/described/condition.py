"""`when`: how a description knows its logs. Tests on bounded beginnings, and the signs that the shelf sorts it by."""

from collections.abc import Callable
from typing import Any

from seerflow.parsers.contract import Sign, Subject
from seerflow.parsers.described.expression import expression, finding
from seerflow.parsers.described.fault import Faults, Path
from seerflow.parsers.described.work import Work, asking, first, listed, reach
from seerflow.parsers.shape import keyword

#: How far into a text literals are looked for.
HEAD = 2_048
#: How far into it an expression looks.
BEGINNING = 1_024

Test = Callable[[Subject], bool]


def _texts(value: Any) -> list[str]:
    return [("true" if one else "false") if isinstance(one, bool) else str(one) for one in listed(value)]


def _about_text(told: dict[str, Any], path: Path, faults: Faults) -> list[Callable[[str], bool]]:
    tests: list[Callable[[str], bool]] = []
    if starts := tuple(_texts(told.get("starts"))):
        tests.append(lambda text: text.startswith(starts))
    tests += [_holding([literal]) for literal in _texts(told.get("contains"))]
    if some := _texts(told.get("any")):
        tests.append(_holding(some))
    if "matches" in told:
        try:
            expression(told["matches"])
        except ValueError as error:
            faults.add((*path, "matches"), f"is no regular expression of RE2: {error}")
        else:
            match = finding(told["matches"], anchored=True)
            tests.append(lambda text: match(text[:BEGINNING]) is not None)
    return tests


def _about_document(told: dict[str, Any]) -> list[Callable[[Any], bool]]:
    tests: list[Callable[[Any], bool]] = []
    for name in _texts(told.get("keys")):
        parts = tuple(name.replace("[]", "").split("."))
        tests.append(lambda document, name=name, parts=parts: reach(document, name, parts) is not None)  # type: ignore[misc]  # as above
    for name, values in (told.get("values") or {}).items():
        parts, wanted = tuple(name.replace("[]", "").split(".")), frozenset(_texts(values))
        tests.append(
            lambda document, name=name, parts=parts, wanted=wanted: (  # type: ignore[misc]  # as above
                keyword(first(reach(document, name, parts))) in wanted
            )
        )
    return tests


def _about_pairs(told: dict[str, Any], equals: str) -> list[Callable[[str], bool]]:
    tests = [_holding([name + equals]) for name in _texts(told.get("keys"))]
    for name, values in (told.get("values") or {}).items():
        tests.append(
            _holding([f"{name}{equals}{mark}{value}" for value in _texts(values) for mark in ("", '"')])
        )
    return tests


def _holding(literals: list[str]) -> Callable[[str], bool]:
    """Give the test that one of the literals stands in the head of a text."""
    if len(literals) == 1:
        (only,) = literals
        return lambda text: text.find(only, 0, HEAD) >= 0
    return lambda text: any(text.find(one, 0, HEAD) >= 0 for one in literals)


def _one(told: dict[str, Any], reads: str, equals: str, path: Path, faults: Faults) -> tuple[Test, Sign]:
    programs = frozenset(name.lower() for name in _texts(told.get("programs")))
    about_text = _about_text(told, path, faults)
    about_document: list[Callable[[Any], bool]] = []
    if reads == "document":
        about_document = _about_document(told)
    elif reads == "pairs":
        about_text += _about_pairs(told, equals)
    families = tuple(one[:-1] for one in programs if one.endswith("*"))

    def test(subject: Subject) -> bool:
        if programs:
            program = subject.program.lower()
            if program not in programs and not (families and program.startswith(families)):
                return False
        text, document = subject.text, subject.document
        if about_document and (document is None or not _all(about_document, document)):
            return False
        return _all(about_text, text)

    return test, _sign(told, reads, equals, tuple(sorted(programs)))


def _all(tests: list[Callable[[Any], bool]], value: Any) -> bool:
    for test in tests:  # noqa: SIM110 - all() and a generator take three times as long
        if not test(value):
            return False
    return True


def _sign(told: dict[str, Any], reads: str, equals: str, programs: tuple[str, ...]) -> Sign:
    valued = told.get("values") or {}
    keys = tuple(name.replace("[]", "") for name in (*valued, *_texts(told.get("keys"))))
    literals = _texts(told.get("contains"))
    if reads == "pairs":
        literals += [name + equals for name in keys]
    starts, some = tuple(_texts(told.get("starts"))), tuple(_texts(told.get("any")))
    weight = 100 * bool(programs) + 40 * bool(starts) + 10 * (len(keys) + len(literals) + bool(some))
    weight += 10 * len(valued) + 5 * ("matches" in told)
    return Sign(
        programs=programs,
        starts=starts,
        literals=(max(literals, key=len),) if literals else some,
        keys=keys if reads == "document" else (),
        values=tuple(_texts(next(iter(valued.values()), None))) if reads == "document" else (),
        weight=weight,
    )


def recognising(
    spec: Any, reads: str, equals: str, path: Path, faults: Faults
) -> tuple[Test, tuple[Sign, ...]]:
    """Compile the `when` of a description: the test and the signs of each way to know it."""
    ways = listed(spec)
    made = [
        _one(told, reads, equals, (*path, index) if isinstance(spec, list) else path, faults)
        for index, told in enumerate(ways)
    ]
    for index, (_, sign) in enumerate(made):
        if not (sign.keys if reads == "document" else sign.programs or sign.starts or sign.literals):
            wanted = "keys or values" if reads == "document" else "programs, starts, contains or any"
            faults.add(
                (*path, index) if isinstance(spec, list) else path,
                "says nothing to find it by",
                f"name {wanted}",
            )
    tests = tuple(test for test, _ in made)
    signs = tuple(sign for _, sign in made)
    if len(tests) == 1:
        return tests[0], signs
    return lambda subject: any(test(subject) for test in tests), signs


def _having(name: str) -> Callable[[Work], bool]:
    """Give the test that there is such a field or, in a document, such an object."""
    ask, dotted = asking(name), name.replace("[]", "")
    parts = tuple(dotted.split("."))

    def have(work: Work) -> bool:
        if ask(work) is not None:
            return True
        document = work.subject.document
        return document is not None and reach(document, dotted, parts) is not None

    return have


def deciding(told: dict[str, Any], path: Path, faults: Faults) -> Callable[[Work], bool]:
    """Compile the `when` of a kind: on fields that are read already, and on the text."""
    about_text = _about_text(told, path, faults)
    have = [_having(name) for name in _texts(told.get("keys"))]
    are = [
        (asking(name), frozenset(one.lower() for one in _texts(values)))
        for name, values in (told.get("values") or {}).items()
    ]

    def decide(work: Work) -> bool:
        if not _all(have, work):
            return False
        for ask, wanted in are:
            if (keyword(first(ask(work))) or "").lower() not in wanted:
                return False
        return _all(about_text, work.subject.text)

    return decide
