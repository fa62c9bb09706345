"""`words`: common fields from what sources call it, by tables of words."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from seerflow.model.event import Value
from seerflow.parsers.described.fault import Faults, Path
from seerflow.parsers.described.naming import allowed, known, source_of
from seerflow.parsers.described.work import Ask, Step, Work, first, listed
from seerflow.parsers.shape import fitting, keyword, put

#: Longer texts are no words to be remembered.
_WORD = 64


def _word(target: str, spec: Mapping[str, Any], path: Path, faults: Faults) -> Step | None:
    """Compile one table of `words`: result -> the words that mean it.

    `*` is any other word, `4*` a beginning, `*error` an end, `*fail*` a part.
    """
    exact: dict[str, str] = {}
    shapes: list[tuple[Callable[[str], bool], str]] = []
    rest: str | None = None
    for result, words in spec.items():
        if result == "from" or not allowed(target, result, (*path, result), faults):
            continue
        for one in listed(words):
            text = ("true" if one else "false") if isinstance(one, bool) else str(one).strip().lower()
            if text == "*":
                rest = result
            elif "*" in (text[0], text[-1]):
                shapes.append((_shape(text), result))
            elif exact.setdefault(text, result) != result:
                faults.add(
                    (*path, result), f"{text!r} stands for {exact[text]!r} already", "take it out of one"
                )
    if not exact and not shapes and rest is None:
        faults.add(path, "has no words", "write `success: [ok, allowed]`")
    return _meaning(target, [source_of(one) for one in listed(spec["from"])], exact, shapes, rest)


def words(section: Mapping[str, Any], path: Path, faults: Faults) -> list[Step]:
    """Compile `words`."""
    steps = [
        _word(target, spec, (*path, target), faults)
        for target, spec in section.items()
        if known(target, (*path, target), faults)
    ]
    return [step for step in steps if step]


def _shape(text: str) -> Callable[[str], bool]:
    bare = text.strip("*")
    if text[0] != "*":
        return lambda value: value.startswith(bare)
    if text[-1] != "*":
        return lambda value: value.endswith(bare)
    return lambda value: bare in value


def _meaning(
    target: str,
    asks: list[Ask],
    exact: dict[str, str],
    shapes: list[tuple[Callable[[str], bool], str]],
    rest: str | None,
) -> Step:
    fit = fitting(target)

    def result(text: str) -> Value:
        lower = text.lower()
        found = exact.get(lower) or next((result for shape, result in shapes if shape(lower)), None)
        return None if found is None else fit(found)

    known_ones = lru_cache(maxsize=512)(result)  # sources have few words

    def mean(work: Work) -> None:
        told = False
        for ask in asks:
            text = keyword(first(ask(work)))
            if text is None:
                continue
            told = True
            found = known_ones(text) if len(text) <= _WORD else result(text)
            if found is not None:
                work.common[target] = found
                return
        if told and rest is not None:
            put(work.common, target, rest)

    return mean
