"""`seerflow bench` as an operator sees it: rates beside their limits, of logs that are all understood."""

import json

import orjson
import pytest

from seerflow.bench import workload
from seerflow.bench.families import FAMILIES
from seerflow.bench.pipeline import raw_records
from seerflow.bench.rates import Spent, row
from seerflow.cli import main

FIELDS = {"events_per_second", "limit_per_second", "ratio", "cpu_microseconds"}


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """No setting of this machine reaches the test."""
    for name in ("SEERFLOW_CONFIG", "SEERFLOW_BOOTSTRAP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEERFLOW_STATE", str(tmp_path / "state"))


def bench(capsys, *arguments):
    assert main(["bench", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err.startswith(f"{arguments[0]}: ")
    return [json.loads(line) for line in out.splitlines()]


def test_every_family_is_read_by_its_own_parser(capsys):
    rows = bench(capsys, "parse", "--logs", "30")
    assert [one["name"] for one in rows] == list(FAMILIES)
    assert {one["name"]: one["understood"] for one in rows} == dict.fromkeys(FAMILIES, 1.0)
    assert all(one["count"] == 30 and one.keys() >= FIELDS for one in rows)


def test_samples_are_families_of_their_own(capsys, tmp_path):
    for name, line in (
        ("sudo", b"Mar 12 03:07:14 h sudo: bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/id"),
        ("empty", b""),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.log").write_bytes(line)
    rows = bench(capsys, "parse", "--logs", "20", "--samples", str(tmp_path))
    assert [one["name"] for one in rows] == [*FAMILIES, "golden/sudo"]
    assert (rows[-1]["understood"], rows[-1]["count"], rows[-1]["bytes"]) == (1.0, 20, 77)


def test_the_keyed_detectors_see_a_hit_of_each_login(capsys):
    correlate, profile = bench(capsys, "correlate", "--logs", "1200")
    assert (correlate["name"], profile["name"]) == ("correlate", "profile")
    assert correlate["count"] >= 1200
    assert profile["count"] >= 1200
    assert correlate["keys"] > 100
    assert correlate["findings"] > 0  # eight of the addresses use brute force


def test_sigma_makes_its_own_events_or_takes_a_file(capsys, tmp_path):
    (own,) = bench(capsys, "sigma", "--logs", "40")
    assert (own["events"], own["rules"] > 0) == (40, True)
    file = tmp_path / "events.jsonl"
    cleared = {"Channel": "Security", "EventID": 1102, "Provider_Name": "Microsoft-Windows-Eventlog"}
    file.write_bytes(orjson.dumps(cleared) + b"\nno document\n" + orjson.dumps(cleared) + b"\n")
    (given,) = bench(capsys, "sigma", "--events", str(file))
    assert (given["events"], given["matches"]) == (2, 2)
    assert given.keys() >= FIELDS


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["parse", "--logs", "0"], "at least one log", id="no logs"),
        pytest.param(["pipeline", "--events", "x"], "bench sigma", id="events where none are read"),
        pytest.param(["parse", "--rules", "x"], "parsers read no rules", id="rules where none are read"),
        pytest.param(["sigma", "--samples", "x"], "bench parse", id="samples where none are read"),
        pytest.param(["parse", "--samples", "x"], "no such folder", id="samples that are not there"),
    ],
)
def test_wrong_use_says_what_is_wrong(capsys, arguments, said):
    assert main(["bench", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_rates_are_per_core_and_stand_beside_their_limit():
    work = Spent(count=1000, seconds=2.0, cpu=0.5)
    shown = row("parse", "sshd", "logs", work, Spent(count=1000, seconds=1.0, cpu=0.1))
    assert (shown["events_per_second"], shown["limit_per_second"], shown["ratio"]) == (2000, 10_000, 0.2)
    assert (shown["cpu_microseconds"], work.per_second) == (500.0, 500.0)


@pytest.mark.parametrize(("lines", "sizes"), [(0, []), (100, [100]), (250, [100, 100, 50])])
def test_envelopes_hold_a_hundred_logs_and_lose_none(lines, sizes):
    given = list(workload.logins(lines))
    made = list(raw_records(given, 2))
    assert [one.value.count(b"\n") + 1 for one in made] == sizes
    assert [line for one in made for line in one.value.split(b"\n")] == given
    assert [(one.partition, one.offset) for one in made] == [(0, 0), (1, 0), (0, 1)][: len(made)]
