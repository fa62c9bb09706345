"""Registries are lists in code; what lies in a room and stands in no list is found here."""

import ast
import importlib
import inspect
import pkgutil

import pytest

import seerflow.adapters.notifiers
import seerflow.agents
import seerflow.cli
import seerflow.collectors
import seerflow.detectors
import seerflow.parsers
from seerflow import assembly
from seerflow.adapters import metrics
from seerflow.adapters.notifiers import NOTIFIERS
from seerflow.agents import stages
from seerflow.cli import COMMANDS
from seerflow.collectors.running import COLLECTORS
from seerflow.config import options
from seerflow.parsers import PARSERS


def modules(package):
    """Import every module below a package; give them by their name below it."""
    prefix = f"{package.__name__}."
    found = pkgutil.walk_packages(package.__path__, prefix)
    return {one.name.removeprefix(prefix): importlib.import_module(one.name) for one in found}


def holding(package, name):
    """Give what the modules of a package call by that name: module -> value."""
    return {one: getattr(module, name) for one, module in modules(package).items() if name in vars(module)}


def classes(package, *methods):
    """Give the classes, protocols apart, that a package's modules define with one of these methods."""
    return {
        value
        for module in modules(package).values()
        for value in vars(module).values()
        if inspect.isclass(value)
        and value.__module__ == module.__name__
        and not getattr(value, "_is_protocol", False)
        and any(method in vars(value) for method in methods)
    }


def missing(found, listed):
    """Give the modules whose value is not in the list, by identity."""
    return [module for module, value in found.items() if not any(value is one for one in listed)]


def test_every_parser_is_listed():
    found = holding(seerflow.parsers, "PARSER")
    assert missing(found, PARSERS) == []
    assert len(found) == len(PARSERS)


def test_every_command_is_listed():
    found = holding(seerflow.cli, "COMMAND")
    assert missing(found, COMMANDS) == []
    assert len(found) == len(COMMANDS)
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


def test_every_collector_is_listed():
    assert classes(seerflow.collectors, "run") - {*COLLECTORS} == set()


def test_every_notifier_is_listed_under_the_name_of_its_module():
    found = {one.__module__.rpartition(".")[2] for one in classes(seerflow.adapters.notifiers, "send")}
    assert found == {kind.__struct_config__.tag for kind in NOTIFIERS}
    assert set(NOTIFIERS) == set(options.Notifier.__args__)


def test_every_stage_is_listed():
    found = {name for name, value in holding(seerflow.agents, "stage").items() if inspect.isfunction(value)}
    assert found == set(stages.BUILDERS) == set(assembly.STAGES)
    assert ("collect", *assembly.STAGES) == metrics.STAGES
    assert set(stages.TICKS) <= found


def test_every_detector_is_assembled():
    tree = ast.parse(inspect.getsource(assembly))
    imported = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    found = {one.__name__ for one in classes(seerflow.detectors, "on_event", "on_hit")}
    assert found - imported == set()
    assert len(found) >= 4


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A package with one module that holds a parser, a notifier and nothing that lists them."""
    folder = tmp_path / "planted_room"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "gone.py").write_text("PARSER = object()\n\nclass Gone:\n    async def send(self): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("planted_room")


def test_what_nobody_listed_is_noticed(planted):
    found = holding(planted, "PARSER")
    assert missing(found, PARSERS) == ["gone"]
    assert missing(found, found.values()) == []
    assert [one.__name__ for one in classes(planted, "send")] == ["Gone"]
    assert classes(planted, "run") == set()
