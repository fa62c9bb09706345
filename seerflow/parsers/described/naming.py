"""`fields` and `set`: common fields from native ones, and from constants."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from seerflow.model.event import Value
from seerflow.model.fields import BY_NAME
from seerflow.parsers.described.conversion import CHANGES, FILLS, NAMES
from seerflow.parsers.described.expression import finding, names
from seerflow.parsers.described.fault import Faults, Path, nearest
from seerflow.parsers.described.work import SPECIAL, Ask, Step, Work, asking, first, listed, plain
from seerflow.parsers.shape import endpoint, fitting, keyword

#: What a value does to the common view; False: it does not fit.
Setter = Callable[[dict[str, Value], Value], bool]
#: A native name, the common field, what fits a value to it, and whether that is a list.
_Plain = tuple[str, str, Callable[[Value], Value], bool]
_LISTS = frozenset({"keywords", "ips"})
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
    fit, many = fitting(target), BY_NAME[target].type in _LISTS

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


def fields(section: Mapping[str, Any], path: Path, faults: Faults) -> list[Step]:
    """Compile `fields`. Neighbours that only take a name to a field are one step: most are, and a step costs."""
    steps: list[Step] = []
    plainly: list[_Plain] = []
    for target, spec in section.items():
        here = (*path, target)
        if not known(target, here, faults):
            continue
        if isinstance(spec, str) and _is_plain(spec) and target not in _SIDES:
            plainly.append((plain(spec), target, fitting(target), BY_NAME[target].type in _LISTS))
            continue
        if plainly:
            steps.append(_table(tuple(plainly)))
            plainly = []
        step = _field(target, spec, here, faults)
        steps += [step] if step else []
    return [*steps, _table(tuple(plainly))] if plainly else steps


def _is_plain(spec: str) -> bool:
    return spec not in SPECIAL and not _PLACE.search(spec)


def _table(rows: tuple[_Plain, ...]) -> Step:
    def take(work: Work) -> None:
        native, common = work.native, work.common
        for name, target, fit, many in rows:
            value = native.get(name)
            if value is None:
                value = common.get(name)
                if value is None:
                    continue
            fitted = fit(value if many or type(value) is not list else first(value))
            if fitted is not None:
                common[target] = fitted

    return take


def _field(target: str, spec: Any, path: Path, faults: Faults) -> Step | None:
    """Compile one line of `fields`: the first way that gives a value which fits is taken."""
    before = len(faults.found)
    ways: list[tuple[Ask, Setter]] = []
    for index, one in enumerate(listed(spec)):
        here = (*path, index) if isinstance(spec, list) else path
        ways += _ways(target, one if isinstance(one, dict) else {"from": one}, here, faults)
    return _taking(ways) if len(faults.found) == before else None


def _ways(target: str, told: Mapping[str, Any], path: Path, faults: Faults) -> list[tuple[Ask, Setter]]:
    changes = listed(told.get("as"))
    for name in changes:
        if name not in NAMES:
            faults.add((*path, "as"), f"there is no conversion {name!r}", nearest(str(name), NAMES))
            return []
    piece = None
    if "match" in told:
        if not _sound(told["match"], (*path, "match"), faults):
            return []
        piece = _piece(told["match"])
    setting = _setting(target, piece, changes)
    return [(source_of(one), setting) for one in listed(told["from"])]


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


def source_of(spec: str) -> Ask:
    """Give what asks for a name or fills a template."""
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


def _taking(ways: list[tuple[Ask, Setter]]) -> Step:
    if len(ways) == 1:
        only, setting_one = ways[0]

        def take_one(work: Work) -> None:
            value = only(work)
            if value is not None:
                setting_one(work.common, value)

        return take_one

    def take(work: Work) -> None:
        for ask, setting in ways:
            value = ask(work)
            if value is not None and setting(work.common, value):
                return

    return take


def allowed(target: str, value: Any, path: Path, faults: Faults) -> bool:
    """Say whether a constant may stand in a common field, and note it where it may not."""
    if fitting(target)(value) is not None:
        return True
    one = BY_NAME[target]
    if one.values:
        faults.add(path, f"{target} is never {value!r}", nearest(str(value), one.values))
    else:
        faults.add(path, f"{value!r} is no {one.type}", f"as {target} is: {one.meaning}")
    return False


def constants(section: Mapping[str, Any], path: Path, faults: Faults) -> list[Step]:
    """Compile `set`."""
    fitted: dict[str, Value] = {}
    for target, value in section.items():
        here = (*path, target)
        if known(target, here, faults) and allowed(target, value, here, faults):
            fitted[target] = fitting(target)(value)

    def set_constants(work: Work) -> None:
        work.common.update(fitted)

    return [set_constants] if fitted else []


def references(spec: Any) -> set[str]:
    """Give the native names that a `fields` line or a `words` table names."""
    if isinstance(spec, dict):
        return references(spec.get("from"))
    if isinstance(spec, list):
        return {name for one in spec for name in references(one)}
    return {plain(name) for name in (_PLACE.findall(spec) or [spec])} if isinstance(spec, str) else set()
