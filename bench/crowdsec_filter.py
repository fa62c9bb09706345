"""Filters of CrowdSec scenarios, in the words of a Sigma rule: an expression over `evt` into selections and a condition.

What cannot be said raises Untranslated with the reason: a list in a file that is not there, geography, a clock.
Language: https://expr-lang.org/docs/language-definition
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from crowdsec_lists import LISTS
from crowdsec_names import FIELDS, KINDS
from msgspec import Struct

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<word>[A-Za-z_#][\w.?]*(?:\(\)\.\w+\(\)|\(\))?)
    |(?P<sign>&&|\|\||==|!=|>=|<=|[!<>()\[\],;={}+?:]))""",
    re.VERBOSE,
)

#: Functions that only change case or coding: our comparisons are not about case, our parsers decode paths.
_PLAIN = {"Lower", "Upper", "QueryUnescape", "PathUnescape", "int", "float"}

_MODIFIERS = {
    "contains": "contains", "startsWith": "startswith", "endsWith": "endswith", "matches": "re",
    ">=": "gte", "<=": "lte", ">": "gt", "<": "lt",
}  # fmt: skip

_NAMED = {
    "evt.Meta.log_type",
    "evt.Meta.service",
    "evt.Meta.sub_type",
    "evt.Meta.metric_name",
    "evt.Meta.datasource_type",
}

#: Tests on what only CrowdSec's own parsers call so -> the same in our words.
_OUTCOMES = {
    ("evt.Meta.dovecot_login_result", "auth_failed"): "failure",
    ("evt.Meta.is_failed_login", "true"): "failure",
    ("evt.Meta.success", "false"): "failure",
    ("evt.Meta.action", "reject"): "failure",
}
_STATIC = [".css", ".js", ".png", ".jpg", ".jpeg", ".gif", ".ico", ".svg", ".woff", ".woff2", ".ttf"]


class Untranslated(Exception):  # noqa: N818 - no error: a filter that our rules cannot say
    """Why a filter has no translation."""


class Detection(Struct, kw_only=True):
    """Selections by name, and the condition over them."""

    selections: dict[str, Any]
    condition: str


def translated(text: str) -> Detection:
    """Translate a filter."""
    reader = _Reader(text)
    condition = reader.program()
    return Detection(selections=reader.selections, condition=condition)


class _Reader:
    """Reads one filter, from left to right, by recursive descent."""

    def __init__(self, text: str) -> None:
        self._words, self._at = _tokens(text), 0
        self._names: dict[str, Any] = {}
        self._coded = False  # the field in hand may be percent-encoded
        self.selections: dict[str, Any] = {}

    def program(self) -> str:
        while self._take("let"):
            name = self._next()
            self._expect("=")
            self._names[name] = self._operand()
            self._expect(";")
        found = self._either()
        if self._peek():
            raise Untranslated(f"'{self._peek()}' is not understood")
        return found

    def _either(self) -> str:
        return self._joined(("or", "||"), "or", self._both)

    def _both(self) -> str:
        return self._joined(("and", "&&"), "and", self._one)

    def _joined(self, signs: tuple[str, str], word: str, part: Any) -> str:
        parts = [part()]
        while self._peek() in signs:
            self._next()
            parts.append(part())
        kept = [one for one in parts if one]  # "": a test that says nothing here
        if word == "or" and len(kept) < len(parts):
            return ""
        return kept[0] if len(kept) == 1 else f"({f' {word} '.join(kept)})" if kept else ""

    def _one(self) -> str:
        if self._take("!") or self._take("not"):
            inner = self._one()
            return f"not {inner}" if inner else ""
        if self._take("("):
            inner = self._scoped() if self._peek() == "let" else self._either()
            self._expect(")")
            return inner
        return self._test()

    def _scoped(self) -> str:
        self._expect("let")
        name = self._next()
        self._expect("=")
        self._names[name] = self._operand()
        self._expect(";")
        return self._either()

    def _test(self) -> str:
        if self._peek() in {"any", "RegexpInFile"}:
            return self._named(self._from_list())
        self._coded = False
        left = self._operand()
        word = self._next()
        negated = word in {"!=", "not"}
        if word == "not":
            word = self._next()
        right = self._operand()
        if word not in {"==", "!=", "in", *_MODIFIERS}:
            raise Untranslated(f"'{word}' is not understood")
        if self._coded:
            right = [right, quote(right, safe="/?=&"), quote(right, safe="")]
        selection = _selection(left, word, right)
        if selection is None:
            return ""
        if selection == "never":
            raise Untranslated(f"{left} has no field here")
        negated ^= isinstance(selection, tuple)
        name = self._named(selection[0] if isinstance(selection, tuple) else selection)
        return f"not {name}" if negated else name

    def _named(self, selection: Any) -> str:
        name = f"s{len(self.selections) + 1}"
        self.selections[name] = selection
        return name

    def _from_list(self) -> Any:
        """Read `any(File("list"), {… field contains # …})` or `RegexpInFile(field, "list")`."""
        pattern, words, depth = self._next() == "RegexpInFile", list[str](), 0
        while not words or depth:
            words.append(self._next())
            depth += (words[-1] == "(") - (words[-1] == ")")
        listed = next((word[1:-1] for word in words if word[0] in "'\"" and "." in word), "")
        if listed not in LISTS:
            raise Untranslated(f"its values are in {listed}, which we have no list for")
        field = next(FIELDS[word] for word in words if word in FIELDS)
        modifier = next((word for word in words if word in _MODIFIERS), "contains")
        if pattern:
            return {f"{field}|re": [f"(?i){word}" for word in LISTS[listed]]}
        return {f"{field}|{_MODIFIERS[modifier]}": LISTS[listed]}

    def _operand(self) -> Any:
        word = self._next()
        if word in _PLAIN and self._take("("):
            inner = self._operand()
            self._expect(")")
            self._coded |= word.endswith("Unescape")
            return inner
        if word == "[":
            return self._listed()
        if word[0] in "'\"":
            return re.sub(r"\\(.)", r"\1", word[1:-1])
        if re.fullmatch(r"-?\d+(\.\d+)?", word):
            return float(word) if "." in word else int(word)
        if word == "nil":
            return ""
        return self._names.get(word, word)

    def _listed(self) -> list[Any]:
        found = []
        while not self._take("]"):
            found.append(self._operand())
            self._take(",")
        return found

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _next(self) -> str:
        word = self._peek()
        if not word:
            raise Untranslated("it ends too soon")
        self._at += 1
        return word

    def _take(self, word: str) -> bool:
        taken = self._peek() == word
        self._at += taken
        return taken

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise Untranslated(f"'{self._peek()}' is not understood")


def _tokens(text: str) -> list[str]:
    words, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Untranslated(f"'{text[at : at + 12]}' is not understood")
        words.append(match[0].strip())
        at = match.end()
    return words


def _selection(left: Any, word: str, right: Any) -> Any:
    """Give a selection; a tuple of one: its opposite; None: it says nothing here; "never": no field for it."""
    if not isinstance(left, str):
        raise Untranslated("it compares two values")
    values = right if isinstance(right, list) else [right]
    if left in _NAMED:
        return _kind([str(value) for value in values])
    if (left, str(right)) in _OUTCOMES:
        return {"event.outcome": _OUTCOMES[left, str(right)]}
    if left in _WORDS:
        return values
    if left in _SPECIAL:
        return _SPECIAL[left](word, right)
    return _on_field(FIELDS.get(left) or _native(left), word, values)


def _on_field(field: str | None, word: str, values: list[Any]) -> Any:
    if field is None:
        return "never"
    if word in {"==", "!=", "in"} and "" in values:
        return ({f"{field}|exists": True},)
    modifier = _MODIFIERS.get(word)
    if modifier == "re":
        values = [f"(?i){value}" for value in values]
    return {f"{field}|{modifier}" if modifier else field: values if len(values) > 1 else values[0]}


def _length(word: str, right: Any) -> Any:
    if right == "":
        return None
    return {"cs-uri-query|re": f"^.{{{right},}}$" if word == ">=" else f"^.{{0,{right}}}$"}


#: What is looked for anywhere in the event.
_WORDS = {
    "evt.Meta.incident_type", "evt.Meta.security_action", "evt.Meta.reason", "evt.Parsed.amavis_action",
    "evt.Parsed.amavis_category", "evt.Parsed.spam_reason",
    "evt.Parsed.ruleseverity",
}  # fmt: skip

#: What CrowdSec's parsers work out -> (sign, value) -> a selection.
_SPECIAL: dict[str, Callable[[str, Any], Any]] = {
    "evt.Parsed.static_ressource": lambda _word, _right: ({"url.path|endswith": _STATIC},),
    "evt.Meta.http_args_len": _length,
    "evt.Time.Hour()": lambda word, right: {f"eventTime|hour|{_MODIFIERS[word]}": right},
    # Our rules know no days of the week: never true of an event with a time.
    "evt.Time.Weekday().String()": lambda _word, _right: {"eventTime|exists": False},
}


def _kind(names: list[str]) -> Any:
    found = [next((test for words, test in KINDS if re.search(words, name)), None) for name in names]
    return found[0]  # None: a service or a sort of log: which product it is, its parser knows


def _native(left: str) -> str | None:
    match = re.match(r"evt\.Unmarshaled\.\w+\.(.+)", left)
    if match is None:
        return None
    return ".".join(part[:1].lower() + part[1:] for part in match[1].replace("?", "").split("."))
