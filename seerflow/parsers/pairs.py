"""`key=value` in text: quoted or bare, separated by spaces, commas or semicolons. Linear, bounded."""

import re

#: One text gives at most this many pairs.
MAX_PAIRS = 1_000

# src=192.0.2.1 msg="two \"quoted\" words" user='bob', n=1;
PAIR = re.compile(
    r"""
    (?<![^\s,;|({\[])                       # behind a separator
    ([A-Za-z_@][\w@.\-/]{0,127})=           # key
    (?:"((?:[^"\\]|\\.)*)"                  # "quoted, with \" in it"
    |'([^']*)'                              # 'quoted'
    |([^\s,;|)\]}"]*))                      # bare
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def pairs(text: str, start: int = 0) -> tuple[dict[str, str], int, bool]:
    """Give the pairs, the number of characters that they cover, and whether the bound bit. The first of a key stays."""
    found: dict[str, str] = {}
    covered = 0
    for count, match in enumerate(PAIR.finditer(text, start)):
        if count >= MAX_PAIRS:
            return found, covered, True
        covered += match.end() - match.start()
        key, double, single, bare = match.groups()
        value = _unquoted(double) if double is not None else _bare(bare) if single is None else single
        found.setdefault(key, value)
    return found, covered, False


def _bare(text: str) -> str:
    # user=<bob>: the mail servers' quotes
    return text[1:-1] if text[:1] == "<" and text[-1:] == ">" else text


def _unquoted(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text
