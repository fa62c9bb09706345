"""`seerflow replay --emit incidents`: alerts grouped, each at its last revision."""

import json
from datetime import UTC, datetime

from seerflow.cli import main
from seerflow.story import chapters


def test_each_alert_of_the_told_attack_stands_in_one_incident(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("SEERFLOW_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("SEERFLOW_CONFIG", raising=False)
    file = tmp_path / "auth.log"
    lines = [line for chapter in chapters(datetime(2026, 3, 12, 3, tzinfo=UTC)) for line in chapter.lines]
    file.write_text("\n".join(lines) + "\n")
    assert main(["replay", "--emit", "alerts", str(file)]) == 0
    alerts = {one["id"]: one for one in map(json.loads, capfd.readouterr().out.splitlines())}
    assert main(["replay", "--emit", "incidents", str(file)]) == 0
    found = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert sorted(name for one in found for name in one["alerts"]) == sorted(alerts)
    guessed = next(one for one in found if ["source.address", "198.51.100.23"] in one["entities"])
    assert guessed["level"] == max(
        (alerts[name]["level"] for name in guessed["alerts"]), key=["low", "medium", "high", "critical"].index
    )
