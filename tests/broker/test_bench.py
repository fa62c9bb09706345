"""`seerflow bench pipeline` over a cluster that exists: a row a stage, and nothing left behind."""

import json

from seerflow.cli import main


def test_each_stage_is_measured_and_the_cluster_is_left_as_it_was(
    capsys, monkeypatch, tmp_path, bootstrap, cluster
):
    monkeypatch.delenv("SEERFLOW_CONFIG", raising=False)
    monkeypatch.setenv("SEERFLOW_BOOTSTRAP", bootstrap)
    monkeypatch.setenv("SEERFLOW_STATE", str(tmp_path / "state"))
    before = cluster.shapes().keys()
    assert main(["bench", "pipeline", "--logs", "500", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["name"], one["unit"]) for one in rows] == [
        ("parse", "logs"),
        ("detect", "events"),
        ("correlate", "hits"),
        ("profile", "hits"),
    ]
    assert all(one["count"] >= 500 and one["events_per_second"] > 0 for one in rows)
    assert all(0 < one["ratio"] < 1 for one in rows)  # a step decodes before it does anything else
    assert cluster.shapes().keys() == before
