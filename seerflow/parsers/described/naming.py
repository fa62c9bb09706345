"""`fields`, `words` and `set`: common fields from native ones, from tables of words, and from constants."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from seerflow.model.event import Value
from seerflow.model.fields import BY_NAME
from seerflow.parsers.described.conversion import CHANGES, FILLS, NAMES
from seerflow.parsers.described.expression import finding, names
from seerflow.parsers.described.fault import Faults, Path, nearest
from seerflow.parsers.described.work import Ask, Step, Work, asking, first, listed, plain
from seerflow.parsers.shape import endpoint, fitting, keyword, put

#: What a value does to the common view; False: it does not fit.
Setter = Callable[[dict[str, Value], Value], bool]
_SIDES = {"source.address": "source", "destination.address": "destination"}
_PLACE = re.compile(r"\{([^{}]{1,128})\}")


def known(name: Any, path: Path, faults: Faults) -> bool:
    """Say whether there is such a common field, and note it where there is none."""
    if name in BY_NAME:
        return True
    faults.add(path, f"there is no common field {str(name)!r}", nearest(str(name), BY_NAME))
    return False


def setter(target: str) -> Setter:
    """Give what sets a common field; an address becomes a whole endpoint."""
    if side := _SIDES.get(target):
        return lambda common, value: _endpoint(common, side, value)
    fit, many = fitting(target), BY_NAME[target].type == "keywords"

    def set_one(common: dict[str, Value], value: Value) -> bool:
        fitted = fit(value if many or type(value) is not list else first(value))
        if fitted is None:
            return False
        common[target] = fitted
        return True

    return set_one


def _endpoint(common: dict[str, Value], side: str, value: Value) -> bool:
    text = keyword(first(value))
    if text is None or any(letter.isspace() for letter in text):
        return False
    for leaf in ("ip", "domain"):  # of an outer layer's address
        common.pop(f"{side}.{leaf}", None)
    endpoint(common, side, text)
    return True


def field(target: str, spec: Any, path: Path, faults: Faults) -> Step | None:
    """Compile one line of `fields`."""
    told = spec if isinstance(spec, dict) else {"from": spec}
    asks = [_source(one) for one in listed(told["from"])]
    changes = listed(told.get("as"))
    for name in changes:
        if name not in NAMES:
            faults.add((*path, "as"), f"there is no conversion {name!r}", nearest(str(name), NAMES))
            return None
    piece = None
    if "match" in told:
        if not _sound(told["match"], (*path, "match"), faults):
            return None
        piece = _piece(told["match"])
    return _taking(asks, _setting(target, piece, changes))


def _sound(pattern: Any, path: Path, faults: Faults) -> bool:
    try:
        names(str(pattern))
    except ValueError as error:
        faults.add(path, f"is no regular expression of RE2: {error}", "see docs/reference/parser-language.md")
        return False
    return True


def _piece(pattern: str) -> Callable[[str], str | None]:
    find = finding(pattern)

    def take(text: str) -> str | None:
        found = find(text)
        if found is None:
            return None
        return next((group for group in found[1:] if group is not None), found[0])

    return take


def _setting(target: str, piece: Callable[[str], str | None] | None, changes: list[str]) -> Setter:
    plainly = setter(target)
    if piece is None and not changes:
        return plainly
    alters = [CHANGES[name] for name in changes if name in CHANGES]
    fill = next((FILLS[name] for name in changes if name in FILLS), None)

    def set_changed(common: dict[str, Value], value: Value) -> bool:
        text = keyword(first(value))
        if text is not None and piece is not None:
            text = piece(text)
        for alter in alters:
            text = alter(text) if text else text
        if not text:
            return False
        if fill is None:
            return plainly(common, text)
        fill(common, target, text)
        return True

    return set_changed


def _source(spec: str) -> Ask:
    return _template(spec) if _PLACE.search(spec) else asking(spec)


def _template(spec: str) -> Ask:
    """Compile `{scheme}://{host}{path}`: None where a part is missing."""
    pieces = _PLACE.split(spec)  # literal, name, literal, name, literal
    asks = [asking(name) for name in pieces[1::2]]
    literals = pieces[::2]

    def ask(work: Work) -> Value:
        out = literals[0]
        for one, literal in zip(asks, literals[1:], strict=True):
            value = keyword(first(one(work)))
            if value is None:
                return None
            out += value + literal
        return out

    return ask


def _taking(asks: list[Ask], setting: Setter) -> Step:
    if len(asks) == 1:
        (only,) = asks

        def take_one(work: Work) -> None:
            value = only(work)
            if value is not None:
                setting(work.common, value)

        return take_one

    def take(work: Work) -> None:
        for ask in asks:
            value = ask(work)
            if value is not None and setting(work.common, value):
                return

    return take


def word(target: str, spec: Mapping[str, Any], path: Path, faults: Faults) -> Step | None:
    """Compile one table of `words`: result -> the words that mean it, `*` for any other, `4*` for a beginning."""
    exact: dict[str, str] = {}
    begins: list[tuple[str, str]] = []
    rest: str | None = None
    for result, words in spec.items():
        if result == "from":
            continue
        for one in words if isinstance(words, list) else [words]:
            text = ("true" if one else "false") if isinstance(one, bool) else str(one).strip().lower()
            if text == "*":
                rest = result
            elif text.endswith("*"):
                begins.append((text[:-1], result))
            elif text in exact and exact[text] != result:
                faults.add(
                    (*path, result), f"{text!r} stands for {exact[text]!r} already", "take it out of one"
                )
            else:
                exact[text] = result
    if not exact and not begins and rest is None:
        faults.add(path, "has no words", "write `success: [ok, allowed]`")
    asks = [_source(one) for one in listed(spec["from"])]
    return _meaning(target, asks, exact, begins, rest)


def _meaning(
    target: str, asks: list[Ask], exact: dict[str, str], begins: list[tuple[str, str]], rest: str | None
) -> Step:
    def mean(work: Work) -> None:
        told = False
        for ask in asks:
            value = keyword(first(ask(work)))
            if value is None:
                continue
            told, lower = True, value.lower()
            found = exact.get(lower) or next(
                (result for begin, result in begins if lower.startswith(begin)), None
            )
            if found is not None:
                put(work.common, target, found)
                return
        if told and rest is not None:
            put(work.common, target, rest)

    return mean


def constant(target: str, value: Any, path: Path, faults: Faults) -> Step | None:
    """Compile one line of `set`."""
    fitted = fitting(target)(value)
    if fitted is None:
        faults.add(
            path, f"{value!r} is no {BY_NAME[target].type}", f"as {target} is: {BY_NAME[target].meaning}"
        )
        return None

    def set_constant(work: Work) -> None:
        work.common[target] = fitted

    return set_constant


def references(spec: Any) -> set[str]:
    """Give the native names that a `fields` line or a `words` table names."""
    told = spec.get("from") if isinstance(spec, dict) else spec
    found: set[str] = set()
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, str):
            found |= {plain(name) for name in (_PLACE.findall(one) or [one])}
    return found
