"""One field's automaton over the literals that rules need there, and what it remembers of values. Bounded."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ahocorasick_rs

from seerflow.detectors.sigma.values import fold, text, texts
from seerflow.detectors.sigma.witness import BEGIN, END

LONGEST_CACHED = 2_048  # characters of a value whose mask is kept
PIECE = 16_384  # characters shown to the automaton at once: it lists every occurrence
#: Up to so many literals are found by a vectorised search, which says at once that a text has none of them.
VECTORISED = 64
SHORT = 64  # characters of a text for which it does not pay
LARGE = 20_000  # characters of literals from which on a table of all transitions takes too much memory
#: What may stand in a whole number.
NUMERIC = re.compile(rf"{BEGIN}?-?[0-9]*{END}?")


class Budget:
    """How much all caches of an engine may hold together; what is counted when they are emptied."""

    __slots__ = ("caches", "emptied", "limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit, self.used, self.emptied = limit, 0, 0
        self.caches: list[dict[Any, Any]] = []

    def spend(self, size: int) -> None:
        """Take some of it; empty all caches when there is no more."""
        self.used += size
        if self.used > self.limit:
            self.used = 0
            self.emptied += 1
            for cache in self.caches:
                cache.clear()


class FieldIndex:
    """The literals that rules need in one field."""

    __slots__ = ("any", "ascii", "budget", "cache", "exists", "find", "masks", "overlap", "shared")

    def __init__(self, masks: Mapping[str, int], budget: Budget, shared: dict[int, int]) -> None:
        kept = {literal: mask for literal, mask in masks.items() if literal}
        self.exists = masks.get("", 0)
        self.masks = list(kept.values())
        self.overlap = max(map(len, kept), default=0)
        self.cache: dict[Any, int] = {}
        self.budget, self.shared = budget, shared
        budget.caches.append(self.cache)
        self.find = _automaton(list(kept)) if kept else None
        self.any = _vectorised(list(kept)) if 0 < len(kept) <= VECTORISED else None
        self.ascii = all(map(str.isascii, kept))

    def mask(self, value: Any) -> int:
        """Give the mask of a value that is not in the cache; keep it there if it is a small scalar."""
        if value is None:
            return 0
        scalar = value.__class__
        if scalar is not str and scalar is not int:
            return self.several(texts(value))
        one = text(value) or ""
        mask = self.exists | self.of(one)
        mask = self.shared.setdefault(mask, mask)  # many values, few masks
        if len(one) <= LONGEST_CACHED:
            self.cache[value] = mask
            self.budget.spend(len(one) + 200)  # a dict's entry and a text's own
        return mask

    def several(self, value: str | tuple[str, ...] | None) -> int:
        """Give the mask of a value as the view gives it, past the cache."""
        if value is None:
            return 0
        mask = self.exists
        for one in (value,) if isinstance(value, str) else value:
            mask |= self.of(one)
        return mask

    def of(self, value: str) -> int:
        """Give the mask of the literals in one text."""
        if self.find is None:
            return 0
        if SHORT < len(value) <= PIECE and not value.isascii() and self._plainly_absent(value):
            return 0
        whole = BEGIN + fold(value) + END
        if len(whole) <= PIECE:
            return self._found(whole)
        mask = 0
        for start in range(0, max(len(whole) - self.overlap, 0) + 1, PIECE):
            mask |= self._found(whole[start : start + PIECE + self.overlap])
        return mask

    def _plainly_absent(self, value: str) -> bool:
        """Say whether a text of many alphabets, which takes long to fold, needs not be: it has no literal at all."""
        if self.any is None or not self.ascii:
            return False
        letters = f"{BEGIN}{value}{END}".encode("utf-8", "replace").lower()
        return not _INTO_ASCII(letters) and not self.any(letters)

    def _found(self, piece: str) -> int:
        # Half a surrogate pair has no UTF-8. No rule's text holds one, and a `?` in its place can only add a rule.
        letters = piece.encode("utf-8", "replace")
        if self.any is not None and len(letters) > SHORT and not self.any(letters):
            return 0
        mask = 0
        if matches := self.find(letters, overlapping=True):  # type: ignore[misc]  # asked by `of`
            for number in {match[0] for match in matches}:
                mask |= self.masks[number]
        return mask


def _vectorised(literals: Sequence[str]) -> Callable[[bytes], Sequence[object]]:
    # Only the leftmost kinds of search are vectorised by the library.
    return _built(literals, matchkind=ahocorasick_rs.MatchKind.LeftmostFirst)


def _automaton(literals: Sequence[str]) -> Callable[..., Sequence[tuple[int, int, int]]]:
    kind = ahocorasick_rs.Implementation
    small = sum(map(len, literals)) < LARGE
    return _built(literals, implementation=kind.DFA if small else kind.ContiguousNFA)


def _built(literals: Sequence[str], **how: Any) -> Callable[..., Sequence[tuple[int, int, int]]]:
    # Over bytes, places need not be counted again in characters.
    encoded = [literal.encode("utf-8", "replace") for literal in literals]
    return ahocorasick_rs.BytesAhoCorasick(encoded, **how).find_matches_as_indexes


#: The letters of other alphabets whose folded form has an ASCII letter (Unicode 15, CaseFolding.txt).
INTO_ASCII = "\xdf\u0130\u0149\u017f\u01f0\u1e96\u1e97\u1e98\u1e99\u1e9a\u1e9e\u212a\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06"
_INTO_ASCII = _vectorised(INTO_ASCII)
