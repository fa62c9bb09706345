"""What an operator or a log can do wrong, and what is then said: place, fact, help; never a traceback."""

import errno
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from seerflow.cli import main

RULE = """title: T
id: 11111111-1111-4111-8111-111111111111
logsource: {product: windows, category: process_creation}
detection: {s: {Image: x}, condition: s}
"""
EVENT = b'{"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1, "Image": "x"}'
LINE = b"<38>Mar 12 03:07:14 h sshd[1]: Failed password for root from 198.51.100.23 port 4 ssh2"
BROKEN = b"<38>Mar 12 03:07:14 h\xff\xfe sshd[1]: Failed password for r\xc3\x28\xed\xa0\x80t from 192.0.2.9 port 4 ssh2"


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """No setting of this machine reaches the test."""
    for name in ("SEERFLOW_CONFIG", "SEERFLOW_BOOTSTRAP", "SEERFLOW_SASL_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEERFLOW_STATE", str(tmp_path / "state"))


def _noise(lines: int) -> bytes:
    noise = random.Random(7)
    return b"\n".join(noise.randbytes(noise.randint(1, 900)).replace(b"\n", b" ") for _ in range(lines))


CONTENTS = {
    "binary": _noise(200),
    "broken text": b"\n".join([BROKEN] * 20 + [b"\xff\xff", b"\x00\x00", b"\xf0\x9f"]),
    "a line of 10 MB": b"a" * 10_000_000 + b"\n" + LINE,
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_replay_loses_no_log(capfdbinary, tmp_path, content):
    file, rules = tmp_path / "bad.log", tmp_path / "rules"
    rules.mkdir()
    file.write_bytes(content)
    assert main(["replay", "--emit", "events", "--rules", str(rules), str(file)]) == 0
    out, err = capfdbinary.readouterr()
    documents = [json.loads(line) for line in out.splitlines()]
    rejected = [one for one in documents if "reason" in one]
    logs = [number for number, line in enumerate(content.split(b"\n")) if line.rstrip(b"\r")]
    told = {one["seerflow"]["origin"][2] for one in documents if "seerflow" in one}
    assert told | {one["origin"][2] for one in rejected} == set(range(len(logs)))
    assert (f"{len(rejected)} rejected".encode() in err) == bool(rejected)


BAD_EVENTS = {
    "no JSON": b"garbage",
    "no object": b"[1]",
    "no text": b'{"a": "\xff"}',
    "too deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "half of our own document": b'{"seerflow": {"origin": []}}',
}


@pytest.mark.parametrize("line", BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
@pytest.mark.parametrize("command", ["replay", "rules match"])
def test_a_line_that_is_no_event_is_told_and_the_next_one_is_read(capfdbinary, tmp_path, command, line):
    file, rules = tmp_path / "events.jsonl", tmp_path / "rules"
    rules.mkdir()
    (rules / "one.yml").write_text(RULE)
    file.write_bytes(line + b"\n\n" + EVENT + b"\n")
    asked = {
        "replay": ["replay", "--emit", "events", "--rules", str(rules), "--events", str(file)],
        "rules match": ["rules", "match", "--rules", str(rules), "--events", str(file)],
    }
    assert main(asked[command]) == 1
    out, err = capfdbinary.readouterr()
    assert len(out.splitlines()) == 1
    assert err.startswith(f"{file}: line 0: ".encode())
    assert b"Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["replay", "NOWHERE"], "cannot read NOWHERE", id="replay, no such file"),
        pytest.param(["replay", "--events", "NOWHERE"], "cannot read NOWHERE", id="replay, no such events"),
        pytest.param(["replay", "--rules", "NOWHERE", "-"], "no such folder of rules", id="no such rules"),
        pytest.param(["replay", "--format", "opnssh", "-"], "did you mean 'openssh'?", id="no such parser"),
        pytest.param(["rules", "match", "--events", "NOWHERE"], "cannot read NOWHERE", id="rules match"),
    ],
)
def test_wrong_use_is_code_2(capsys, arguments, said):
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_bad_rule_file_disables_itself_only(capfd, tmp_path):
    (tmp_path / "good.yml").write_text(RULE)
    (tmp_path / "torn.yml").write_text("title: T\ndetection: {s: [\n")
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00\x01")
    os.mkfifo(tmp_path / "pipe.yml")
    assert main(["rules", "check", str(tmp_path)]) == 1
    out, err = capfd.readouterr()
    found = {Path(row["file"]).name: row for row in map(json.loads, out.splitlines())}
    assert {name for name, row in found.items() if row["severity"] == "error"} == {
        "torn.yml",
        "bytes.yml",
        "pipe.yml",
    }
    assert found["torn.yml"]["line"] == 3
    assert all(row["help"] for row in found.values())
    assert ": 1 rules, " in err


@pytest.mark.parametrize(
    ("number", "help_"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the quota is used up"),
        (errno.EROFS, "name another folder"),
        (errno.EACCES, "look at the rights"),
    ],
)
def test_what_the_disk_refuses_is_told(capsys, monkeypatch, number, help_):
    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "/state/up.json")

    monkeypatch.setattr("seerflow.cli.check.load", full)
    assert main(["check"]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"seerflow check: /state/up.json: {os.strerror(number)}; ")
    assert help_ in err


def _shell(tmp_path: Path, *arguments: str, **options: object) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "seerflow", *arguments],
        env={**os.environ, "SEERFLOW_STATE": str(tmp_path)},
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        **options,
    )


@pytest.mark.parametrize("lines", [1, 2_000], ids=["what fits the buffer", "more than the buffer"])
def test_output_that_cannot_be_written_is_told(tmp_path, lines):
    file = tmp_path / "x.log"
    file.write_bytes((LINE + b"\n") * lines)
    with Path("/dev/full").open("wb") as full:
        done = _shell(tmp_path, "parse", str(file), stdout=full)
    assert done.returncode == 1
    assert done.stderr == b"seerflow parse: No space left on device; the disk is full; make room there\n"


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    file = tmp_path / "x.log"
    file.write_bytes((LINE + b"\n") * 2_000)
    reader, writer = os.pipe()
    os.close(reader)
    done = _shell(tmp_path, "parse", str(file), stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_worker_without_a_broker_says_where_it_looked(tmp_path):
    # 75 (sysexits.h EX_TEMPFAIL): `up` and Kubernetes start it again.
    code = (
        "from seerflow.agents import clients; clients._PATIENCE_SECONDS = 1.0;"
        "from seerflow.cli import main; raise SystemExit(main(['worker', 'parse', '--port', '0']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SEERFLOW_STATE": str(tmp_path), "SEERFLOW_BOOTSTRAP": "127.0.0.1:1"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 75
    assert b"no answer from Kafka at 127.0.0.1:1" in done.stderr
    assert b"is it running" in done.stderr
    assert b"Traceback" not in done.stderr
