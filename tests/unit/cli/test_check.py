"""`seerflow check` and `seerflow topics` as an operator sees them."""

from pathlib import Path

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


def test_certificates_that_cannot_be_shown_are_told_before_anybody_connects(capsys, tmp_path):
    file, here = tmp_path / "bad.yaml", Path(__file__).resolve().parents[2] / "tls"
    (tmp_path / "key.pem").write_text("no key")
    file.write_text(
        f"collectors:\n"
        f"  syslog: {{tcp: '127.0.0.1:0', tls: {{cert_file: {here}/cert.pem, key_file: key.pem}}}}\n"
        f"  otlp: {{listen: '127.0.0.1:0', tls: {{cert_file: {here}/cert.pem, key_file: {here}/key.pem,"
        f" client_ca_file: ca.pem}}}}\n"
    )
    assert main(["check", "--config", str(file)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert [one.split(":")[0] for one in said] == [
        "$.collectors.otlp.tls.client_ca_file",
        "$.collectors.syslog.tls",
    ]
    assert "PEM files are wanted" in said[1]


def test_a_lookup_that_is_none_is_told(capsys, tmp_path):
    file = tmp_path / "bad.yaml"
    (tmp_path / "as.mmdb").write_text("no such file")
    file.write_text("geoip_as_file: as.mmdb\n")
    assert main(["check", "--config", str(file)]) == 1
    assert "$.geoip_as_file: " in (out := capsys.readouterr().out)
    assert "not a MaxMind DB file" in out


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
