"""The form of the tables of what Windows events mean: one row an event, read by windows_events.py."""

from collections.abc import Mapping

from msgspec import Struct


class Row(Struct, frozen=True):
    """What one event means.

    `fields` are pairs of common and native names, the first that is set wins. `outcome` is a word; `status` where
    a code in Status says it; `audit` where only the event's audit keyword does; "" where that does too, but a
    change that is told without one was made. `provider` begins the name of the one
    that writes this number, where others write it too.
    """

    action: str
    category: str
    type: str
    outcome: str
    fields: tuple[tuple[str, str], ...]
    provider: str = ""

    @property
    def natives(self) -> frozenset[str]:
        """Give the native names that the row looks at."""
        return frozenset(name for _, name in self.fields)


Rows = Mapping[int, Row]


def row(action: str, meaning: str, fields: str = "", provider: str = "") -> Row:
    """Read `category type outcome` and `common=native common=native`; `.` stands for none."""
    category, kind, outcome = ("" if word == "." else word for word in meaning.split())
    names = tuple((left, right) for left, _, right in (pair.partition("=") for pair in fields.split()))
    return Row(action, category, kind, outcome, names, provider)


#: Who did it, and in whose name a logon is.
SUBJECT = "user.name=SubjectUserName user.domain=SubjectDomainName user.id=SubjectUserSid"
TARGET = "user.name=TargetUserName user.domain=TargetDomainName user.id=TargetUserSid user.id=TargetSid"
#: Whom it was done to.
ON = (
    "user.target.name=TargetUserName user.target.domain=TargetDomainName"
    " user.target.id=TargetSid user.target.id=TargetUserSid"
)
#: The program whose handle or call it was.
BY = "process.executable=ProcessName process.pid=ProcessId"
