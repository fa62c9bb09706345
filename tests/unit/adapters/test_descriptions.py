"""Folders of descriptions: read, checked, and used by the engine where the configuration names them."""

import os

import pytest

from seerflow.adapters import descriptions
from seerflow.assembly import assemble
from seerflow.config import load
from seerflow.errors import ConfigError, OperatorError
from seerflow.model.log import Origin, RawLog
from tests.unit.parsers.described import describing

DOOR = {
    "name": "acme_door",
    "when": {"starts": ["DOOR "]},
    "messages": [{"dissect": "DOOR %{door} %{user.name}"}],
    "tests": [{"log": "DOOR 7 bob", "expect": {"user.name": "bob"}}],
}


@pytest.fixture
def folder(tmp_path):
    inner = tmp_path / "parsers" / "doors"
    inner.mkdir(parents=True)
    (inner / "acme_door.yaml").write_bytes(describing.text(DOOR))
    (inner / "README.md").write_text("no description")
    return tmp_path / "parsers"


def test_a_folder_is_read_whole(folder):
    assert descriptions.shelf([folder]).by_name["acme_door"].title == "acme_door/1"
    assert descriptions.check([folder]) == (1, 1, [])


def test_no_such_folder(tmp_path):
    with pytest.raises(OperatorError, match=r"gone: there is no such file or folder of descriptions$"):
        descriptions.shelf([tmp_path / "gone"])


def test_a_pipe_is_not_waited_for(folder):
    os.mkfifo(folder / "pipe.yaml")
    (wrong,) = descriptions.check([folder])[2]
    assert str(wrong) == f"{folder}/pipe.yaml: cannot be read (it is no plain file); look at its rights"


def test_mistakes_stop_the_engine_all_at_once(folder):
    (folder / "a.yaml").write_bytes(describing.text({**DOOR, "name": "A", "fieldz": {}}))
    with pytest.raises(ConfigError) as told:
        descriptions.shelf([folder])
    assert len(told.value.problems) == 2


@pytest.mark.usefixtures("folder")
def test_the_engine_reads_with_the_configured_descriptions(tmp_path):
    config = tmp_path / "seerflow.yaml"
    config.write_text("parsers: [parsers]\nsources: {doors: {parser: acme_door}}\n")
    engine = assemble(load(config, environment={}), stages=("parse",)).engine
    for name in ("", "acme_door"):
        (got,) = engine.read(RawLog(origin=Origin("t", 0, 0, 0), raw=b"DOOR 7 bob", received=1, format=name))
        assert (got.parser, got.common["user.name"]) == ("acme_door/1", "bob")
