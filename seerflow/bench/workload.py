"""Invented log lines with attacks among them, the same for the same seed: what benches and load tests send.

Each line is one that OpenSSH, sudo, cron or systemd writes, on one of many hosts, with documentation addresses
only. Attacks are placed at known times: brute force on one host, brute force with a success at its end, one
address that tries many users over many hosts, and noise of people who mistype a password once or twice.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

USERS = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy")
TRIED = ("root", "admin", "oracle", "test", "guest", "postgres", "ubuntu", "git", "deploy", "www")


def lines(
    count: int, *, hosts: int = 40, seed: int = 1, start: datetime | None = None, rounds: int = 1
) -> list[tuple[str, str]]:
    """Give about `count` (host, line) pairs in the order of their times, ten a second.

    Sixty addresses attack in each round, other ones in every round.
    """
    chance = random.Random(seed)
    begin = start or datetime(2026, 3, 12, 3, 0, 0, tzinfo=UTC)
    span = count / 10
    rows: list[tuple[float, int, str, str]] = []
    for number in range(rounds):
        for at, host, text in _attacks(chance, span, hosts, number):
            rows.append((at, len(rows), host, text))
    for at, host, text in _mistakes(chance, span, hosts):
        rows.append((at, len(rows), host, text))
    while len(rows) < count:
        host = f"web-prod-{chance.randrange(hosts):02d}"
        rows.append((chance.random() * span, len(rows), host, _ordinary(chance)))
    rows.sort()
    return [(host, f"{_stamp(begin, at)} {host} {text}") for at, _, host, text in rows]


def _stamp(begin: datetime, seconds: float) -> str:
    at = begin + timedelta(seconds=seconds)
    return f"{at:%b} {at.day:2d} {at:%H:%M:%S}"


def _ordinary(chance: random.Random) -> str:
    user, pid, port = chance.choice(USERS), chance.randrange(300, 65000), chance.randrange(1024, 65535)
    address = f"192.0.2.{chance.randrange(1, 255)}"
    return chance.choice(
        (
            f"sshd[{pid}]: Accepted publickey for {user} from {address} port {port} ssh2: ED25519 SHA256:{pid:043d}",
            f"sshd[{pid}]: Connection closed by {address} port {port} [preauth]",
            f"sshd[{pid}]: pam_unix(sshd:session): session opened for user {user}(uid=1000) by (uid=0)",
            f"sshd[{pid}]: pam_unix(sshd:session): session closed for user {user}",
            f"CRON[{pid}]: (root) CMD (command -v debian-sa1 > /dev/null && debian-sa1 1 1)",
            f"systemd[1]: Started Session {pid} of user {user}.",
            f"sudo:    {user} : TTY=pts/0 ; PWD=/home/{user} ; USER=root ; COMMAND=/usr/bin/apt update",
        )
    )


def _attacks(chance: random.Random, span: float, hosts: int, turn: int) -> Iterator[tuple[float, str, str]]:
    yield from _brute_force(chance, span, hosts, f"198.18.{turn}" if turn else "198.51.100")
    yield from _spraying(chance, span, hosts, f"198.19.{turn}" if turn else "203.0.113")


def _brute_force(
    chance: random.Random, span: float, hosts: int, network: str
) -> Iterator[tuple[float, str, str]]:
    for number in range(1, 41):
        attacker = f"{network}.{number}"
        at, host = chance.random() * span * 0.95, f"web-prod-{chance.randrange(hosts):02d}"
        tries = chance.choice((3, 5, 6, 7, 12, 40))
        for turn in range(tries):
            yield at + turn * 1.5, host, _failed(chance, TRIED[turn % len(TRIED)], attacker)
        if number % 4 == 0:
            yield (
                at + tries * 1.5 + 2,
                host,
                _accepted(chance, "root" if number % 8 == 0 else "alice", attacker),
            )


def _spraying(
    chance: random.Random, span: float, hosts: int, network: str
) -> Iterator[tuple[float, str, str]]:
    for number in range(1, 21):
        attacker, at = f"{network}.{number}", chance.random() * span * 0.95
        for turn, user in enumerate(TRIED * 2):
            host = f"web-prod-{(number + turn) % hosts:02d}"
            yield at + turn * 2.0, host, _failed(chance, user, attacker)


def _mistakes(chance: random.Random, span: float, hosts: int) -> Iterator[tuple[float, str, str]]:
    for _ in range(int(span / 20)):
        at, host = chance.random() * span, f"web-prod-{chance.randrange(hosts):02d}"
        yield (
            at,
            host,
            _failed(chance, chance.choice(USERS), f"192.0.2.{chance.randrange(1, 255)}", known=True),
        )


def _failed(chance: random.Random, user: str, address: str, *, known: bool = False) -> str:
    who = user if known or user == "root" else f"invalid user {user}"
    pid, port = chance.randrange(300, 65000), chance.randrange(1024, 65535)
    return f"sshd[{pid}]: Failed password for {who} from {address} port {port} ssh2"


def _accepted(chance: random.Random, user: str, address: str) -> str:
    pid, port = chance.randrange(300, 65000), chance.randrange(1024, 65535)
    return f"sshd[{pid}]: Accepted password for {user} from {address} port {port} ssh2"


def logins(count: int, *, sources: int = 20_000, seed: int = 1) -> Iterator[bytes]:
    """Give `count` logins by password over many hosts, in order, most of them refused: each makes hits.

    `sources` addresses (198.18.0.0/15, RFC 2544: for benchmarks) and as many users take part; one login in
    twenty comes from the first eight of them, which is what brute force looks like.
    """
    chance = random.Random(seed)
    begin = datetime(2026, 3, 12, 3, 0, 0, tzinfo=UTC)
    for number in range(count):
        source = chance.randrange(sources if number % 20 else 8)
        address = f"198.{18 + (source >> 16)}.{source >> 8 & 255}.{source & 255}"
        said = _accepted if number % 4 == 1 else _failed
        text = said(chance, f"user{source}", address)
        yield f"{_stamp(begin, number / 100)} web-prod-{number % 40:02d} {text}".encode()
