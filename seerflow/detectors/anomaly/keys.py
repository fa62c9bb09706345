"""Which profiles an event belongs to: its user's, and its stream's (dataset and host).

Law: only what succeeded teaches a user's profile. Failures are an attacker's to make; they are counted by rules.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from seerflow.detectors.contract import Seen
from seerflow.model.entity import Key
from seerflow.model.event import Event
from seerflow.model.finding import Evidence, Hit
from seerflow.model.identity import DAY

#: The categories (ECS) in which an event says that a person was at work.
_CATEGORIES = frozenset({"authentication", "session", "iam"})

#: Accounts that the system itself uses; each is active everywhere at all times.
_SYSTEM_USERS = frozenset(
    {"", "-", "system", "local service", "network service", "anonymous logon", "n/a", "unknown"}
)

#: Windows' own sessions: DWM-1, UMFD-0; and accounts of machines end with "$".
_SYSTEM_PREFIXES = ("dwm-", "umfd-")

#: What a user's hit carries, as it stands in the event.
_CARRIED = (
    "host.name",
    "source.ip",
    "source.geo.country_iso_code",
    "source.as.number",
    "process.name",
    "event.action",
)

#: A name or value longer than this is cut: an attacker writes them.
_MAX_VALUE = 256
_MAX_TEXT = 500

#: Characters of the original that are measured: all counts but the length are of these.
_MEASURED = 1024
#: Every digit becomes a 0, letters and blanks go, and other signs stay.
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ \t" + bytes(range(128, 256))

#: Words at the beginning of a message that tell its kind where the source names none.
_KIND_WORDS = 3


_NOTHING = Seen()
_USER, _STREAM = ("user",), ("dataset",)


class ProfileKeys:
    """Gives the hits for the keyed detector "profile". No findings of its own."""

    name = "profile-keys"

    def __init__(self, *, streams: bool = True) -> None:
        """`streams` False leaves out the hit that every event makes for its stream's model."""
        self._streams = streams

    def on_event(self, event: Event) -> Seen:
        """Say which profiles must see this event."""
        # A clock that runs ahead would close the days of everybody that it names. Files that tell no time of
        # receipt (0) are believed.
        if event.received and event.time > event.received + DAY:
            return _NOTHING
        user = _user_hit(event)
        stream = _stream_hit(event) if self._streams else None
        return Seen((), tuple([("profile", hit) for hit in (user, stream) if hit is not None]))


def _user_hit(event: Event) -> Hit | None:
    common = event.common
    if common.get("event.outcome") != "success":
        return None
    user = common.get("user.name")
    if not isinstance(user, str):
        return None
    name = user.casefold()[:_MAX_VALUE]  # Windows and most directories ignore case; so must the baseline
    if not _is_person(name) or not _tells_of_people(common):
        return None
    fields = {field: str(common[field])[:_MAX_VALUE] for field in _CARRIED if field in common}
    if "host.name" in fields:
        fields["host.name"] = fields["host.name"].casefold()
    if address := fields.get("source.ip"):
        fields["network"] = network(address)
    return Hit(rules=_USER, key=(("user.name", name),), evidence=_evidence(event, fields), fields=fields)


def _is_person(name: str) -> bool:
    return not (name in _SYSTEM_USERS or name.endswith("$") or name.startswith(_SYSTEM_PREFIXES))


def _tells_of_people(common: Mapping[str, object]) -> bool:
    # Every API call of a cloud is made by somebody who signed in.
    if "cloud.provider" in common:
        return True
    category = common.get("event.category")
    listed = category if isinstance(category, list | tuple) else (category,)
    return any(isinstance(one, str) and one in _CATEGORIES for one in listed)


def _stream_hit(event: Event) -> Hit | None:
    common = event.common
    dataset = common.get("event.dataset")
    if not isinstance(dataset, str) or not dataset:
        return None
    host = common.get("host.name")
    key = _stream_key(dataset, host if isinstance(host, str) else "")
    return Hit(rules=_STREAM, key=key, evidence=_evidence(event, {}), fields=measured(event))


def _stream_key(dataset: str, host: str) -> Key:
    if not host:
        return (("event.dataset", dataset[:_MAX_VALUE]),)
    return (("event.dataset", dataset[:_MAX_VALUE]), ("host.name", host.casefold()[:_MAX_VALUE]))


def _evidence(event: Event, values: Mapping[str, str]) -> Evidence:
    return Evidence(
        event=event.id, origin=event.origin, time=event.time, values=values, text=event.text[:_MAX_TEXT]
    )


def measured(event: Event) -> dict[str, str]:
    """Give the numbers that the stream model reads (features.py), as short decimal texts."""
    common = event.common
    text = event.text or str(common.get("message", ""))
    part = text[:_MEASURED].encode("utf-8", "surrogatepass")
    size = len(part)
    left = part.translate(_DIGITS, _LETTERS)
    digits = left.count(b"0")
    return {
        "length": str(len(text)),
        "digits": _share(digits, size),
        "symbols": _share(len(left) - digits, size),
        "fields": str(len(event.native) + len(common)),
        "outcome": str(common.get("event.outcome", ""))[:16],
        "kind": _bucket(*_kind(common, text)),
    }


@lru_cache(maxsize=1 << 14)  # shares of lines of 128 characters, or the most common of longer ones; 2 MB
def _share(count: int, size: int) -> str:
    """Give a share with three decimals."""
    return f"{count / (size or 1):.3f}"


def _kind(common: Mapping[str, object], text: str) -> tuple[str, str]:
    """Name the kind of log: what the source calls it, else how its message begins, numbers left out."""
    program = str(common.get("process.name", ""))
    action = common.get("event.action") or common.get("event.code")
    if action:
        return program, str(action)[:_MAX_VALUE]
    words: list[str] = []
    for word in str(common.get("message") or text)[:_MAX_VALUE].split():
        if word.isalpha():
            words.append(word)
            if len(words) == _KIND_WORDS:
                break
    return program, " ".join(words)


@lru_cache(maxsize=4096)
def _bucket(program: str, action: str) -> str:
    name = f"{program}\x1f{action}".encode("utf-8", "surrogatepass")
    return str(hashlib.blake2b(name, digest_size=1).digest()[0])


def network(address: str) -> str:
    """Give what stands for the network of an address: the first two bytes of IPv4, the first 48 bits of IPv6."""
    if ":" in address:
        return ":".join(address.split(":", 3)[:3])
    return ".".join(address.split(".", 2)[:2])
