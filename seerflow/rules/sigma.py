"""What a Sigma rule says: a log source, a condition over the fields of one event, and what people should know.

Source: https://github.com/SigmaHQ/sigma-specification/blob/main/specification/sigma-rules-specification.md
"""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from uuid import UUID

from msgspec import Struct
from sigma import exceptions as se
from sigma.modifiers import SigmaBase64Modifier, SigmaBase64OffsetModifier
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.rule import SigmaRule as ParsedRule
from sigma.types import SigmaCasedString, SigmaExpansion, SigmaString

from seerflow.model.finding import LEVELS
from seerflow.rules import condition, extension
from seerflow.rules.documents import Document
from seerflow.rules.placeholders import Values
from seerflow.rules.problem import Problem, UnreadableError
from seerflow.rules.translate import either, translate

MAX_CONDITION = 4_000  # characters; pySigma's parser calls itself for each parenthesis
MAX_PARENTHESES = 50


class Logsource(Struct, frozen=True):
    """Which logs a rule is for; None says nothing."""

    product: str | None = None
    category: str | None = None
    service: str | None = None


class SigmaRule(Struct, frozen=True, kw_only=True):
    """One rule over single events."""

    id: str
    name: str = ""
    title: str
    level: str = "medium"
    status: str = ""
    logsource: Logsource
    condition: condition.Node
    fields: tuple[str, ...] = ()  # what the condition reads, in order of appearance
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    licence: str = ""
    story: str = ""
    entity: tuple[str, ...] = ()
    cooldown: int = 0  # microseconds without news after which it is news again; 0: as configured
    file: str = ""
    line: int = 0
    raw: str = ""  # the rule as written


#: What pySigma finds wrong in a rule that leaves its meaning whole: warnings.
_MINOR = (
    se.SigmaAuthorError,
    se.SigmaDateError,
    se.SigmaDescriptionError,
    se.SigmaFalsePositivesError,
    se.SigmaFieldsError,
    se.SigmaLicenseError,
    se.SigmaReferencesError,
    se.SigmaRelatedError,
    se.SigmaScopeError,
    se.SigmaStatusError,
    se.SigmaTagError,
    se.SigmaTaxonomyError,
)

#: Pieces of pySigma's messages -> what an author can do.
_HELP = (
    ("Unknown modifier", "see the Sigma specification's list of modifiers"),
    ("Expected", "conditions are written with and, or, not (small letters), 1 of x*, all of x*, parentheses"),
    ("deprecated", "write a correlation rule"),
    ("not defined in detections", "name a selection that stands under `detection`"),
    ("doesn't match any detection", "name selections that stand under `detection`"),
    ("Regular expression", "RE2 has no lookahead, lookbehind or backreference: use `not` and filters"),
    ("three dash", "write one value for each dash"),
)


def read(document: Document, values: Values) -> tuple[SigmaRule, list[Problem]]:
    """Read one rule and its warnings; raise UnreadableError when it cannot be evaluated."""
    content = {**document.content, "detection": _spelled(document.content.get("detection"))}
    known, loudness = extension.read(content.get("seerflow")), level(content)
    parsed, problems = _parsed(document, content)
    node = _condition(parsed, values)
    return (
        SigmaRule(
            id=identity(document),
            name=text(content, "name"),
            title=text(content, "title"),
            level=loudness,
            status=text(content, "status"),
            logsource=Logsource(
                *(
                    part.casefold() if part else None
                    for part in (
                        parsed.logsource.product,
                        parsed.logsource.category,
                        parsed.logsource.service,
                    )
                ),
            ),
            condition=node,
            fields=condition.fields(node),
            tags=texts(content, "tags"),
            authors=authors(content),
            licence=text(content, "license"),
            story=known.story,
            entity=known.entity,
            cooldown=known.cooldown,
            file=document.file,
            line=document.line,
            raw=document.text,
        ),
        problems,
    )


def _parsed(document: Document, content: Mapping[str, Any]) -> tuple[ParsedRule, list[Problem]]:
    detection = content["detection"]
    if isinstance(detection, dict):
        check_conditions(detection)
    parsed = ParsedRule.from_dict(dict(content), collect_errors=True)
    problems = []
    for error in parsed.errors:
        minor = isinstance(error, _MINOR) or str(error).startswith(("Rule modified", "Sigma tag"))
        if not minor:
            raise unreadable(error)
        problems.append(
            Problem(
                file=document.file, line=document.line, fact=str(error), rule=identity(document), fatal=False
            )
        )
    for name, empty in _empty_lists(detection):
        problems.append(
            Problem(
                file=document.file,
                line=document.find(f"{empty}:"),
                fact=f"{name}.{empty} is an empty list, which matches an absent field",
                help="write null if that is meant",
                rule=identity(document),
                fatal=False,
            )
        )
    return parsed, problems


def _condition(parsed: ParsedRule, values: Values) -> condition.Node:
    for detection in parsed.detection.detections.values():
        _keep_case(detection)
    return conditions_tree(parsed.detection.parsed_condition, values)


def conditions_tree(conditions: list[Any], values: Values) -> condition.Node:
    """Give the tree of a rule's conditions: several are joined by or."""
    try:
        return either([translate(one.parse(), values) for one in conditions])
    except se.SigmaError as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> UnreadableError:
    """Give pySigma's complaint as ours, with help."""
    message = str(error)
    help_ = next((help_ for piece, help_ in _HELP if piece in message), "")
    return UnreadableError(
        message, help_, "logsource:" if isinstance(error, se.SigmaLogsourceError) else "detection:"
    )


def check_conditions(detection: Mapping[str, Any]) -> None:
    """Refuse conditions on which pySigma's recursive parser could not end well."""
    listed = detection.get("condition")
    for one in listed if isinstance(listed, list) else [listed]:
        if not isinstance(one, str):
            raise UnreadableError("the condition is not a text", "write: condition: selection", "condition:")
        if (
            len(one) > MAX_CONDITION
            or one.count("(") > MAX_PARENTHESES
            or len(re.findall(r"\bnot\b", one)) > MAX_PARENTHESES
        ):
            raise UnreadableError(
                "the condition is too long or nests too deep", "split the rule", "condition:"
            )


def _spelled(detection: Any) -> Any:
    """Give the detection with modifiers spelled as pySigma knows them: it has no utf16le, which is wide."""
    if isinstance(detection, dict):
        return {
            "|".join(
                "wide" if piece == "utf16le" and place else piece
                for place, piece in enumerate(key.split("|"))
            )
            if isinstance(key, str)
            else key: _spelled(value)
            for key, value in detection.items()
        }
    return [_spelled(part) for part in detection] if isinstance(detection, list) else detection


def _keep_case(detection: SigmaDetection | SigmaDetectionItem) -> None:
    """Base64 differs by case; pySigma gives it as texts that do not."""
    if isinstance(detection, SigmaDetection):
        for item in detection.detection_items:
            _keep_case(item)
    elif {SigmaBase64Modifier, SigmaBase64OffsetModifier} & set(detection.modifiers):
        detection.value = [_cased(value) for value in detection.value]


def _cased(value: Any) -> Any:
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_cased(one) for one in value.values])
    return SigmaCasedString.from_sigma_string(value) if type(value) is SigmaString else value


def _empty_lists(detection: Any) -> list[tuple[str, str]]:
    named = detection.items() if isinstance(detection, dict) else ()
    return [
        (str(name), str(key).split("|")[0])
        for name, selection in named
        for part in (selection if isinstance(selection, list) else [selection])
        if isinstance(part, dict)
        for key, value in part.items()
        if value == []
    ]


def identity(document: Document) -> str:
    """Give the rule's id: its UUID, else a digest of what it says."""
    given = document.content.get("id")
    try:
        return str(UUID(given))
    except (ValueError, TypeError, AttributeError):
        said = repr(sorted(document.content.items(), key=repr)).encode("utf-8", "surrogatepass")
        return f"rule-{blake2b(said, digest_size=8).hexdigest()}"


def level(content: Mapping[str, Any]) -> str:
    """Give the level, one of LEVELS; medium where none is given."""
    given = content.get("level", "medium")
    if given not in LEVELS:
        raise UnreadableError(f"'{given}' is no level", f"one of {', '.join(LEVELS)}", "level:")
    return str(given)


def text(content: Mapping[str, Any], key: str) -> str:
    """Give a text, or "" where there is none."""
    value = content.get(key)
    return value if isinstance(value, str) else ""


def texts(content: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Give the texts of a list."""
    value = content.get(key)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def authors(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the names in `author`, which separates them by commas."""
    return tuple(name.strip() for name in text(content, "author").split(",") if name.strip())
