"""One attempt, one event: also against what was counted in real logs."""

import json
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read

RECEIVED = 1_773_576_000_000_000


def events(line: str):
    return read(RawLog(origin=Origin("t", 0, 0), raw=line.encode(), received=RECEIVED))


def attempts(results):
    return [e for e in results if e.common.get("event.category") == "authentication"]


STORY = """\
Mar 12 03:07:12 h sshd[1]: Invalid user admin from 198.51.100.23 port 4000
Mar 12 03:07:12 h sshd[1]: input_userauth_request: invalid user admin [preauth]
Mar 12 03:07:12 h sshd[1]: pam_unix(sshd:auth): check pass; user unknown
Mar 12 03:07:12 h sshd[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.23
Mar 12 03:07:14 h sshd[1]: Failed password for invalid user admin from 198.51.100.23 port 4000 ssh2
Mar 12 03:07:16 h sshd[1]: message repeated 2 times: [ Failed password for invalid user admin from 198.51.100.23 port 4000 ssh2]
Mar 12 03:07:16 h sshd[1]: error: maximum authentication attempts exceeded for invalid user admin from 198.51.100.23 port 4000 ssh2 [preauth]
Mar 12 03:07:16 h sshd[1]: Disconnecting invalid user admin 198.51.100.23 port 4000: Too many authentication failures [preauth]
Mar 12 03:07:16 h sshd[1]: PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=198.51.100.23
"""


def test_all_that_is_written_of_three_failures_counts_three():
    found = [e for line in STORY.splitlines() for e in events(line)]
    counted = attempts(found)
    assert [e.common["event.outcome"] for e in counted] == ["failure"] * 3
    assert {e.common["source.ip"] for e in counted} == {"198.51.100.23"}
    assert {e.common["user.name"] for e in counted} == {"admin"}
    assert len({e.id for e in counted if e.text.endswith("]")}) == 2
    assert all(e.common.get("event.outcome") == "failure" for e in found)


def test_where_only_pam_speaks_it_counts():
    line = "Mar 12 03:07:12 h sshd(pam_unix)[1]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=host.example.com  user=root"
    (event,) = attempts(events(line))
    assert event.common["event.dataset"] == "linux.sshd"
    assert event.common["source.address"] == event.common["source.domain"] == "host.example.com"
    assert "source.ip" not in event.common
    assert event.common["process.name"] == "sshd"


@pytest.mark.parametrize(
    ("user", "written"),
    [
        ("x from 192.0.2.99 port 22 ssh2", "x from 192.0.2.99 port 22 ssh2"),
        (" spaced", " spaced"),
        ("", None),
        ("a: b", "a: b"),
        ("root ssh2: RSA from 192.0.2.99 port 1 ssh2: y", "root ssh2: RSA from 192.0.2.99 port 1 ssh2: y"),
    ],
)
def test_a_user_name_cannot_forge_the_address(user, written):
    (event,) = events(
        f"Mar 12 03:07:14 h sshd[1]: Failed password for invalid user {user} from 198.51.100.23 port 4000 ssh2"
    )
    assert event.common["source.ip"] == "198.51.100.23"
    assert event.common["source.port"] == 4000
    assert event.common.get("user.name") == written


@pytest.mark.parametrize("name", ["loghub-openssh-2k", "loghub-linux-2k"])
def test_failures_and_successes_equal_the_counted_truth(shared, name):
    folder = shared / "data" / "correlation" / "ssh"
    truth = json.loads((folder / f"{name}.truth.json").read_text())
    received = int(datetime(truth["assumed_year"], 12, 31, tzinfo=UTC).timestamp()) * 1_000_000
    seen = defaultdict(lambda: defaultdict(list))
    for index, line in enumerate((folder / f"{name}.log").read_bytes().splitlines()):
        for event in attempts(read(RawLog(origin=Origin(name, 0, index), raw=line, received=received))):
            if event.common["event.dataset"] == "linux.sshd":
                user = event.common.get("user.name", "?")
                seen[event.common.get("source.address")][event.common["event.outcome"]].append(
                    (event.time, user)
                )
    wanted = {}
    for source in truth["sources"]:
        wanted[source["src_ip"]] = (
            source["failed"],
            source["accepted"],
            sorted(source["users_tried"]),
            sorted(source["users_accepted"]),
            source["max_failed_in_60s"],
        )
    assert {address: facts(told) for address, told in seen.items()} == wanted


def facts(told):
    failures, successes = told["failure"], told["success"]
    times = [time for time, _ in failures]
    most = max((sum(time - 60_000_000 <= other <= time for other in times) for time in times), default=0)
    return (
        len(failures),
        len(successes),
        sorted({u for _, u in failures}),
        sorted({u for _, u in successes}),
        most,
    )
