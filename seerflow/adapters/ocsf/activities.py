"""What was done and how bad it is, as OCSF numbers it."""

import re
from collections.abc import Mapping
from typing import Any

from seerflow.adapters.ocsf.classes import API, DNS, FINDING, HTTP, OcsfClass

#: Levels as words and RFC 5424 codes -> severity_id, caption.
_SEVERITIES: Mapping[str, tuple[int, str]] = {
    word: severity
    for words, severity in {
        "7 6 debug trace verbose info information informational audit": (1, "Informational"),
        "5 notice low": (2, "Low"),
        "4 warn warning medium moderate": (3, "Medium"),
        "3 err error high": (4, "High"),
        "2 1 crit critical alert": (5, "Critical"),
        "0 emerg emergency fatal panic": (6, "Fatal"),
    }.items()
    for word in words.split()
}
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_LONGEST_ACTION = 256


def activity(kind: OcsfClass, common: Mapping[str, Any]) -> tuple[int, str]:
    """Give the activity and its name: by method, by the action's words, by ECS type; else the action as Other."""
    action = str(common.get("event.action") or "")[:_LONGEST_ACTION]
    if kind is FINDING:
        return 1, "Create"
    if kind is HTTP:
        said = [str(common.get("http.request.method")).upper()]
    elif kind is DNS:
        said = ["answer" if "dns.answers.data" in common or "dns.response_code" in common else "query"]
    else:
        words = [word.lower() for word in _WORDS.findall(action)]
        # An API's operation begins with its verb; what follows is what it acts upon.
        said = [*(words[:1] if kind is API else words), str(common.get("event.type") or "")]
    for word_or_words in (said[:-1], said[-1:]):
        for number, caption, meaning in kind.activities:
            if not set(meaning.split()).isdisjoint(word_or_words):
                return number, caption
    return (99, action) if action else (0, "Unknown")


def severity(common: Mapping[str, Any]) -> tuple[int, str]:
    """Give the severity that the log's level says."""
    for name in ("log.level", "log.syslog.severity.code"):
        found = _SEVERITIES.get(str(common.get(name)).lower())
        if found:
            return found
    return 0, "Unknown"
