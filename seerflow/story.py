"""The attack that `seerflow demo` tells: chapters of real log lines, as OpenSSH, sudo and useradd write them."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

ATTACKER = "198.51.100.23"
HOST = "web-prod-01"
TRIED = ("admin", "root", "oracle", "test", "ubuntu", "postgres")


class Chapter(Struct, frozen=True, kw_only=True):
    """A part of the story: what is told, what is sent, and the notice that a person should then get ("" for none)."""

    told: str
    lines: tuple[str, ...]
    notice: str = ""


def chapters(now: datetime) -> tuple[Chapter, ...]:
    """Give the story as it would be logged from `now` (any zone) on."""
    at = now.astimezone(UTC)
    return (
        Chapter(told="An ordinary morning: people log in, jobs run.", lines=_ordinary(at)),
        Chapter(
            told=f"{ATTACKER} guesses passwords on {HOST}: six failures in three seconds.",
            lines=tuple(
                _line(at + timedelta(seconds=4 + index / 2), _failed(user, 44821 + index))
                for index, user in enumerate(TRIED)
            ),
            notice="new",
        ),
        Chapter(
            told="The seventh guess is right: root logs in from the same address. The same alert grows louder.",
            lines=(
                _line(
                    at + timedelta(seconds=9), f"Accepted password for root from {ATTACKER} port 44900 ssh2"
                ),
            ),
            notice="escalated",
        ),
        Chapter(
            told="The intruder gives himself an account with an administrator's rights: an alert of its own.",
            lines=(_line(at + timedelta(seconds=20), "add 'support' to group 'sudo'", program="usermod"),),
            notice="new",
        ),
    )


def _stamp(at: datetime) -> str:
    # RFC 3164, section 4.1.2: no year, the day padded with a blank.
    return f"{at:%b} {at.day:2d} {at:%H:%M:%S}"


def _line(at: datetime, text: str, *, program: str = "sshd", host: str = HOST) -> str:
    return f"{_stamp(at)} {host} {program}[28410]: {text}"


def _failed(user: str, port: int) -> str:
    who = user if user == "root" else f"invalid user {user}"
    return f"Failed password for {who} from {ATTACKER} port {port} ssh2"


def _ordinary(at: datetime) -> tuple[str, ...]:
    return (
        _line(at, "Accepted publickey for alice from 192.0.2.10 port 50122 ssh2"),
        _line(at, "(root) CMD (run-parts /etc/cron.hourly)", program="CRON", host="db-prod-01"),
        _line(at + timedelta(seconds=1), "Failed password for bob from 192.0.2.11 port 50123 ssh2"),
        _line(at + timedelta(seconds=3), "Accepted password for bob from 192.0.2.11 port 50124 ssh2"),
    )
