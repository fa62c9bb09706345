"""The whole system, live: real workers, a real broker, real syslog; what they find is what replay finds."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.chaos_pipeline import play
from bench.inbox import Inbox
from bench.live import STAGES, Live, running
from bench.oracle import essence, final, replayed

pytestmark = pytest.mark.broker

STORY = [
    *(
        f"Mar 12 03:07:{14 + index // 2:02d} web-prod-01 sshd[28410]: Failed password for {who} from 198.51.100.23"
        f" port {44821 + index} ssh2"
        for index, who in enumerate(
            (
                "invalid user admin",
                "root",
                "invalid user oracle",
                "invalid user test",
                "invalid user git",
                "bob",
            )
        )
    ),
    "Mar 12 03:07:20 web-prod-01 sshd[28410]: Accepted password for root from 198.51.100.23 port 44900 ssh2",
]


@pytest.fixture
def inbox():
    made = Inbox()
    yield made
    made.close()


def until(true, seconds, live):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        live.watch()
        time.sleep(0.1)  # a poll with a deadline


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_story_over_syslog_is_one_alert_told_twice(bootstrap, tmp_path, inbox):
    """Six failures, then a success: one brute-force alert, escalated; one notification each."""
    port = free_udp_port()
    document = {
        "collectors": {"syslog": {"udp": f"127.0.0.1:{port}"}},
        "notifiers": [{"type": "webhook", "name": "hook", "url": inbox.url, "min_level": "medium"}],
    }
    live = Live(tmp_path, bootstrap, document=document)
    with running(live):
        collector = subprocess.Popen(
            [sys.executable, "-m", "seerflow", "collect", "--port", "0", "--config", str(live.file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert "collecting" in collector.stderr.readline()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                for line in STORY[:6]:
                    out.sendto(line.encode(), ("127.0.0.1", port))
                until(lambda: len(inbox.taken) >= 1, 60, live)
                out.sendto(STORY[6].encode(), ("127.0.0.1", port))
            until(lambda: len(inbox.taken) >= 2, 60, live)
            live.settle(60)
        finally:
            collector.send_signal(signal.SIGTERM)
            collector.wait(20)
            collector.stderr.close()
        alerts = final(live.revisions())
    assert [(a.story, a.level, a.state) for a in alerts.values()] == [("ssh-bruteforce", "critical", "open")]
    assert len(inbox.taken) == len({one.key for one in inbox.taken}) == 2
    oracle = replayed(live.config, [("web-prod-01", line) for line in STORY])
    assert essence(alerts) == essence(oracle)


RULE = """\
title: SSH failures in a minute
id: 7d0cc1f2-0d2a-4b53-8a83-0a2c3b4d5e6f
name: ssh_five_in_a_minute
status: test
description: Five refused logons from one address within a minute.
correlation:
  type: event_count
  rules: [ssh_failed_login]
  group-by: [source.address]
  timespan: 60s
  condition: {gte: 5}
level: medium
"""


@pytest.mark.parametrize(
    ("name", "sources"),
    [pytest.param("openssh", 11, id="openssh"), pytest.param("linux", 39, id="linux")],
)
def test_real_ssh_logs_name_exactly_the_sources_of_the_truth(bootstrap, tmp_path, shared, name, sources):
    """4 partitions, 2 workers a stage; the same ids live and in a replay."""
    folder = shared / "data" / "correlation" / "ssh"
    truth = json.loads((folder / f"loghub-{name}-2k.truth.json").read_text())
    wanted = {one["src_ip"] for one in truth["sources"] if one["max_failed_in_60s"] >= 5}
    assert len(wanted) == sources
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "five.yml").write_text(RULE)
    base = Path(__file__).parents[2] / "rules" / "sigma" / "linux" / "ssh_failed_login.yml"
    (rules / "base.yml").write_bytes(base.read_bytes())
    text = (folder / f"loghub-{name}-2k.log").read_text("utf-8", "replace")
    rows = [("one-host", line) for line in text.splitlines() if line]
    document = {"rules": {"dirs": [str(rules)], "shipped": False}}
    live = Live(tmp_path / "live", bootstrap, workers=2, document=document)
    with running(live):
        live.send(rows)
        live.settle(120)
        found = {
            i: a
            for i, a in final(live.revisions()).items()
            if a.story == "7d0cc1f2-0d2a-4b53-8a83-0a2c3b4d5e6f"
        }
    assert {dict(a.key)["source.address"] for a in found.values()} == wanted
    oracle = {
        i: a
        for i, a in replayed(live.config, rows).items()
        if a.story == "7d0cc1f2-0d2a-4b53-8a83-0a2c3b4d5e6f"
    }
    assert set(found) == set(oracle)


@pytest.mark.parametrize("paused", ["correlate", pytest.param("dispatch", marks=pytest.mark.long)])
def test_killed_and_woken_workers_change_nothing(bootstrap, tmp_path, paused):
    """The short form of bench/chaos_pipeline.py: a worker of each stage killed, one stopped beyond its session."""
    outcome = play(bootstrap, tmp_path, 10_000, pauses=[paused], session_seconds=6.0)
    assert {(one.step.deed, one.step.stage) for one in outcome.wounds} == {
        *(("kill", stage) for stage in STAGES),
        ("pause", paused),
    }
    assert sum(count for name, count in outcome.exits.items() if name.endswith(":-9")) == len(STAGES)
    assert outcome.exact, outcome.counts
    twice = {one.name: one.twice for one in outcome.counts}
    # The one that was told and not yet noted when its worker was killed, and what else was under way.
    assert 0 < twice["notifications"] <= outcome.again
    assert all(one.got > 50 for one in outcome.counts)
