"""Prose: whether a sentence tells of success or failure, and whose login it is about. Linear, first characters only."""

import re

#: Only the beginning is searched.
_SEARCHED = 4_096

_NAME = r"([A-Za-z0-9_][\w.@\\$+\-]{0,127})"
# From the plainest: user "bob"; user=bob, user: bob; for "bob"; login failed: bob (; for bob from; user bob.
_USER_WORD = (
    r"\b(?:user(?:[ _]?(?:name|id))?|account(?:[ _]name)?|login|acct|usr|set_id|authid|sasl_username)"
)
_SHAPES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(shape, re.IGNORECASE | re.ASCII)
    for shape in (
        _USER_WORD + r"""(?:\s?[:=]\s?|\s(?:name\s|with\s(?:username|email)\s)?)['"<`\[]""" + _NAME,
        _USER_WORD + r"\s?[:=]\s?" + _NAME + r"(?![\w/(])",
        r"""\b(?:login|log in|sign in|authenticate)\s(?:using|as|with)\s['"`<]?""" + _NAME,
        r"""\b(?:for|by)\s(?:user\s|the\s)?['"<`]([\w.@\\$+\-]{1,128})['">`]""",
        r"\b(?:failed|failure|denied|rejected|succeeded|successful|success|accepted)\s?:\s"
        + _NAME
        + r"(?=\s\()",
        r"\bfor\s(?:user\s|invalid user\s|account\s)?" + _NAME + r"(?=\s(?:from|\(|has been|at)\b|\s\()",
    )
)
_NAMED_USER = re.compile(
    r"\b(?:user(?:name)?|account)\s(?:name\s|is\s)?" + _NAME + r"(?=[\s,.:;)\]'\"]|$)",
    re.IGNORECASE | re.ASCII,
)
_NO_USER_WORDS = (
    "for from by with is was has and or the to in on at of not name id logged login authentication authenticator "
    "failed failure password unknown does successfully attempt attempts session agent denied space level error account "
    "via using trying tried here there accounts details data info information list group groups role roles profile "
    "created deleted updated added removed changed modified enabled disabled locked unlocked exists exist found "
    "action actions request requests access a an this that it its if when which who whose are were be been being "
    "will would could can cannot must should may ip ips host address port service server client none null undefined "
    "true false invalid valid bad incorrect missing empty type types root_cause input output interface management "
    "record records entry entries credentials credential token tokens key keys mode method event events auth "
    "connection connections lookup query database db logout logon signin signon log out off up as but no any all "
    "trace debug notice warn warning fatal critical alert emerg panic log "
    "activity preferences settings permission permissions registration verification policy quota"
)
_NO_USER = frozenset(_NO_USER_WORDS.split())
_WORD = re.compile(r"[a-z]{2,16}")
_BAD_WORDS = (
    "fail failed failure fails failing denied deny reject rejected refused invalid incorrect "
    "unauthorised unauthorized forbidden blocked wrong unsuccessful unable mismatch mismatched "
    "nonexistent aborted disallowed"
)
_BAD = frozenset(_BAD_WORDS.split())
_GOOD_WORDS = "success successful successfully succeeded accepted granted permitted allowed authenticated"
_GOOD = frozenset(_GOOD_WORDS.split())
_BAD_PHRASES = (
    "not allowed",
    "unknown user",
    "no such user",
    "bad password",
    "bad username",
    "bad credentials",
    "not authorized",
    "not authenticated",
    "not permitted",
    "authentication error",
    "auth error",
    "login error",
)
_GOOD_PHRASES = ("logged in", "logged on", "login ok")
#: `0 failed`, `no failures`: a count of nothing is no failure.
_NOTHING = re.compile(
    r"\b(?:0|no|without)\s(?:failed|failures?|invalid|rejected|blocked|denied)\b|\bfailed[=:]\s?0\b"
)
#: Words beside which a user's name stands.
_USER_WORDS = frozenset(
    {"user", "username", "userid", "account", "login", "log", "sign", "authenticate", "acct", "usr", "for", "by",
     "failed", "denied", "id", "authid", "sasl"}
)  # fmt: skip


def verdict(text: str) -> str | None:
    """Give success or failure where a word of the text plainly says so; a bad word outweighs a good one."""
    lower = text[:_SEARCHED].lower()
    return _verdict(lower, frozenset(_WORD.findall(lower)))


def told(text: str, *, user: bool) -> tuple[str | None, str | None]:
    """Give `verdict` and, if a `user` is wanted, the user's name where it is plain."""
    lower = text[:_SEARCHED].lower()
    words = frozenset(_WORD.findall(lower))
    found = _verdict(lower, words)
    wanted = user and not _USER_WORDS.isdisjoint(words)
    return found, _login(text[:_SEARCHED], decided=found is not None) if wanted else None


def _verdict(lower: str, words: frozenset[str]) -> str | None:
    if not words.isdisjoint(_BAD):
        if "0" not in lower and "no" not in words and "without" not in words:
            return "failure"
        if not _BAD.isdisjoint(_WORD.findall(_NOTHING.sub(" ", lower))):
            return "failure"
    if _says(lower, _BAD_PHRASES):
        return "failure"
    good = not words.isdisjoint(_GOOD) or _says(lower, _GOOD_PHRASES)
    return "success" if good else None


def _says(lower: str, phrases: tuple[str, ...]) -> bool:
    for phrase in phrases:  # noqa: SIM110  a generator costs more than all of the phrases
        if phrase in lower:
            return True
    return False


def _login(text: str, *, decided: bool) -> str | None:
    """Give the user's name where it is plain. `decided`: the text tells of success or failure."""
    shapes = _SHAPES if decided else _SHAPES[:4]
    for shape in (*shapes, _NAMED_USER):
        for match in shape.finditer(text):
            name = match[1].rstrip(".-")  # the end of a sentence
            if name and name.lower() not in _NO_USER and not _address_like(name):
                return name
    return None


def _address_like(name: str) -> bool:
    return name.replace(".", "").isdigit() and name.count(".") == 3  # noqa: PLR2004  192.0.2.1
