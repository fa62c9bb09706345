"""`seerflow check` and `seerflow topics` as an operator sees them."""

import pytest

from seerflow.cli import main


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """No setting of this machine reaches the test."""
    for name in ("SEERFLOW_CONFIG", "SEERFLOW_BOOTSTRAP", "SEERFLOW_SASL_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SEERFLOW_STATE", str(tmp_path / "state"))


def test_nothing_wrong(capsys):
    assert main(["check"]) == 0
    assert capsys.readouterr() == ("", "0 problems\n")


def test_all_problems_at_once(capsys, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("kafak: {}\nworkers: {parse: 99}\n")
    assert main(["check", "--config", str(file)]) == 1
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in out.splitlines()] == ["$.kafak", "$.workers.parse"]
    assert err == "2 problems\n"


def test_an_unknown_parser_and_an_absent_file(capsys, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("sources: {edge: {parser: opnssh}}\n")
    assert main(["check", "--config", str(file)]) == 1
    assert capsys.readouterr().out == "$.sources.edge.parser: no parser 'opnssh'; did you mean 'openssh'?\n"
    file.write_text("geoip_file: geo.mmdb\n")
    assert main(["check", "--config", str(file)]) == 1
    assert "geo.mmdb is not there" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["broker", "status"], ["topics", "check"]])
def test_a_wrong_configuration_stops_every_command_with_all_its_problems(capsys, tmp_path, arguments):
    file = tmp_path / "bad.yaml"
    file.write_text("kafak: {}\nworkers: {parse: 99}\n")
    assert main([*arguments, "--config", str(file)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_topics_without_a_broker_say_what_to_do(capsys):
    assert main(["topics", "check"]) == 1
    assert "seerflow broker start" in capsys.readouterr().err


def test_no_broker_runs(capsys):
    assert main(["broker", "status"]) == 1
    assert capsys.readouterr().out == '{"state":"stopped"}\n'
    assert main(["broker", "stop"]) == 0
