"""The evaluations: how a value is judged, what counts as lost or recognised, what the summary gathers."""

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
BENCH = ROOT / "bench"
SSHD = "Mar 12 03:07:14 web-1 sshd[17]: Failed password for root from 198.51.100.23 port 4711 ssh2"


@pytest.fixture(autouse=True)
def _bench_is_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))


@pytest.fixture
def data(tmp_path):
    """A folder of labelled data, invented."""
    cases = [
        {"id": "a/1", "raw": SSHD, "family": "sshd", "core": {"src_ip": "198.51.100.23", "user": "root", "url": "/x"}},
        {"id": "a/2", "raw": "blabla", "family": "iis", "core": {"src_ip": "192.0.2.1", "user": "-", "rule": "r"}},
        {"id": "b/3", "raw": SSHD, "core": {"user": "alice"}},
    ]  # fmt: skip
    (tmp_path / "parsers").mkdir()
    with gzip.open(tmp_path / "parsers" / "x.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(case) + "\n" for case in cases)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "auth.log").write_text(f"{SSHD}\n\n{SSHD}\nblabla\n\0\n")
    (tmp_path / "raw" / "README.md").write_text("no log\n")
    (tmp_path / "windows_attacks").mkdir()
    with zipfile.ZipFile(tmp_path / "windows_attacks" / "x.zip", "w") as archive:
        archive.writestr("x.json", '{"EventID": 4625, "Channel": "Security"}\n')
    return tmp_path


@pytest.mark.parametrize(
    ("name", "wanted", "event", "said"),
    [
        pytest.param("src_ip", "192.0.2.1", {"source.ip": "192.0.2.1"}, "ok", id="equal"),
        pytest.param("src_ip", "192.0.2.1", {"source": {"ip": "192.0.2.1"}}, "ok", id="nested"),
        pytest.param("src_ip", "192.0.2.1", {"client.ip": "::ffff:192.0.2.1"}, "ok", id="mapped"),
        pytest.param("src_ip", "2001:db8:0::1", {"source.ip": "2001:DB8::1"}, "ok", id="an address, not a text"),
        pytest.param("src_ip", "192.0.2.1", {"source.ip": "192.0.2.2"}, "wrong", id="another"),
        pytest.param("src_ip", "192.0.2.1", {"source.ip": "", "source.address": None}, "missing", id="nothing"),
        pytest.param("src_ip", "192.0.2.1", {"destination.ip": "192.0.2.1"}, "missing", id="elsewhere"),
        pytest.param("dst_port", 22, {"destination.port": "22"}, "ok", id="a number"),
        pytest.param("user", "Root", {"user.name": "x", "user.id": " root "}, "ok", id="any place, any case"),
        pytest.param("url", ["/a", "/b"], {"url.path": "/b"}, "ok", id="one of a list"),
        pytest.param("user", "bob", {"user.name": ["al", "Bob"]}, "ok", id="in a list"),
        pytest.param("timestamp", "2026-03-12T04:07:14+01:00", {"@timestamp": "2026-03-12T03:07:14.999Z"}, "ok", id="an instant"),
        pytest.param("timestamp", "2026-03-12T03:07:14Z", {"@timestamp": "2026-03-12T03:07:15Z"}, "wrong", id="a second later"),
        pytest.param("timestamp", "yesterday", {"@timestamp": "Yesterday"}, "ok", id="no stamp"),
        pytest.param("taste", "salt", {"taste": "salt"}, "missing", id="no such name"),
    ],
)  # fmt: skip
def test_a_value_is_right_wrong_or_missing(name, wanted, event, said):
    import eval_fields

    assert eval_fields.verdict(name, wanted, [{}, event]) == said


def test_scores_keep_open_and_held_back_apart(data):
    import eval_fields

    asked = list(eval_fields.cases(data))
    counts = eval_fields.score(asked, eval_fields.answers(asked))
    assert counts["total", "all"] == {"ok": 2, "missing": 2, "wrong": 1}
    assert counts["total", "open"] == {"ok": 2, "missing": 1, "wrong": 1}
    assert counts["total", "held back"] == {"missing": 1}
    assert counts["family, open", "sshd"] == {"ok": 2, "missing": 1}
    assert counts["soft", "rule"] == {"missing": 1}
    assert ("field", "rule") not in counts


def test_every_log_of_every_file_is_accounted_for(data):
    import eval_raw
    from outside import files, raw_logs

    told = {
        name: eval_raw.measure(name, raw_logs(path), is_logs=is_logs, received=0)
        for name, path, is_logs in files(data)
    }
    auth = told["raw/auth.log"]
    assert (auth.logs, auth.events, auth.rejected, auth.known) == (4, 3, 1, 2)
    assert (told["parsers/x.jsonl.gz"].logs, told["windows_attacks/x.zip"].known) == (3, 1)
    assert [name for name, one in told.items() if not one.is_logs] == ["raw/README.md"]
    assert all((one.lost, one.broke) == (0, 0) for one in told.values())


def test_the_summary_gathers_the_figures_of_all(data):
    command = [sys.executable, str(BENCH / "evaluate.py"), str(data), "fields", "raw"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "iis" in done.stdout
    summary = done.stdout.partition("== summary")[2].splitlines()
    shown = [" ".join(line.split()) for line in summary]
    assert "fields: right 0.400 >= 0.97 missed" in shown
    assert "raw: logs that raised or vanished 0.000 <= 0 reached" in shown


def test_a_folder_that_is_not_there_is_told():
    command = [sys.executable, str(BENCH / "evaluate.py"), str(ROOT / "nowhere")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "DATA is a folder" in done.stderr


def test_every_evaluation_of_the_folder_is_listed():
    import evaluate

    listed = {one.file for one in evaluate.EVALUATIONS}
    # How fast lists and enrichers are; it has no labelled data.
    there = {path.name for path in BENCH.glob("eval_*.py")} - {"eval_intel.py"}
    assert there <= listed
