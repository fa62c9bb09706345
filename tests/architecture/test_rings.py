"""The rings hold because breaking them is noticed: a copy of the tree with one violating line each, and the tools' answer."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
LAYERS = [[name.strip(" ()") for name in layer.split("|")] for layer in CONTRACTS[0]["layers"]]
BANNED = PROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]
CORE = ["model", "parsers", "enrichers", "rules", "detectors", "alerts", "engine"]

#: Contract -> lines that break it: (module that is added, what it imports).
VIOLATIONS = {
    "The rings: nobody imports outwards": [
        ("model.planted", "seerflow.errors"),
        ("parsers.planted", "seerflow.engine"),
        ("alerts.planted", "seerflow.rules"),
        ("detectors.planted", "seerflow.engine"),
        ("engine.planted", "seerflow.adapters"),
        ("config.planted", "seerflow.adapters"),
        ("adapters.planted", "seerflow.collectors"),
        ("collectors.planted", "seerflow.agents"),
        ("agents.planted", "seerflow.cli"),
    ],
    "Detectors do not know each other": [
        ("detectors.sigma.planted", "seerflow.detectors.intel"),
        ("detectors.correlation.planted", "seerflow.detectors.anomaly"),
    ],
    "Only agents know Faust": [
        ("adapters.planted_faust", "faust"),
        ("engine.planted_mode", "mode"),
        ("collectors.planted_kafka", "aiokafka"),
    ],
    "The core does no I/O and has no clock": [
        ("rules.planted_os", "os"),
        ("engine.planted_logging", "logging"),
        ("parsers.planted_random", "random"),
        ("detectors.planted_kafka", "confluent_kafka"),
        ("alerts.planted_async", "asyncio"),
    ],
}


def tool(name):
    return str(Path(sys.executable).parent / name)


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    """What import-linter says of a copy of the tree into which every violation was planted."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(
        ROOT / "seerflow", copy / "seerflow", ignore=shutil.ignore_patterns("__pycache__", "share")
    )
    shutil.copy(ROOT / "pyproject.toml", copy)
    for module, imported in [pair for pairs in VIOLATIONS.values() for pair in pairs]:
        (copy / "seerflow" / f"{module.replace('.', '/')}.py").write_text(f"import {imported}\n")
    done = subprocess.run(
        [tool("lint-imports"), "--no-cache"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    # A broken contract's part begins with its name, underlined.
    parts = re.split(r"\n(.+)\n-{4,}\n", done.stdout.partition("Broken contracts")[2])
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_contract_has_a_violation_here():
    assert set(VIOLATIONS) == {contract["name"] for contract in CONTRACTS}


@pytest.mark.parametrize(
    ("contract", "module", "imported"),
    [(contract, *pair) for contract, pairs in VIOLATIONS.items() for pair in pairs],
)
def test_a_violation_breaks_its_contract(verdict, contract, module, imported):
    assert f"seerflow.{module} -> {imported} (l.1)" in verdict[contract]


def test_every_room_stands_in_the_rings():
    rooms = {
        f"seerflow.{path.stem}"
        for path in (ROOT / "seerflow").iterdir()
        if (path / "__init__.py").is_file() or (path.suffix == ".py" and not path.stem.startswith("__"))
    }
    assert rooms <= {name for layer in LAYERS for name in layer}


SAMPLES = {
    "typing.Optional": "from typing import Optional",
    "time": "import time",
    "datetime.datetime.now": "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)",
    "datetime.datetime.utcnow": "import datetime\n\nNOW = datetime.datetime.utcnow()",
    "datetime.datetime.today": "from datetime import datetime\n\nNOW = datetime.today()",
    "datetime.date.today": "import datetime as dt\n\nNOW = dt.date.today()",
    "uuid.uuid1": "from uuid import uuid1",
    "uuid.uuid4": "import uuid\n\nNEW = uuid.uuid4()",
    "pathlib.Path": "from pathlib import Path",
}  # fmt: skip


def ruff(text, place):
    """Give the codes and messages that ruff has for a text, as if it lay at that place."""
    done = subprocess.run(
        [tool("ruff"), "check", "--no-cache", "--output-format", "json", "--stdin-filename", place, "-"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    return [(one["code"], one["message"]) for one in json.loads(done.stdout)]


def test_every_banned_name_has_a_sample_here():
    assert set(SAMPLES) == set(BANNED)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_banned_name_is_noticed_in_the_core_and_allowed_beyond(name):
    for room in CORE:
        assert ("TID251", f"`{name}` is banned: {BANNED[name]['msg']}") in ruff(
            SAMPLES[name], f"seerflow/{room}/planted.py"
        )
    beyond = ("seerflow/adapters/planted.py", "seerflow/planted.py", "agents/planted.py", "tests/test_x.py")
    assert not [place for place in beyond if "TID251" in dict(ruff(SAMPLES[name], place))]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("print(1)", "T201", id="print"),
        pytest.param("FILE = open('x')", "PTH123", id="open"),
        pytest.param("import pickle\n\nX = pickle.loads(b'')", "S301", id="pickle"),
        pytest.param("X = eval('1')", "S307", id="eval"),
        pytest.param("import subprocess\n\nsubprocess.run('ls', shell=True)", "S602", id="shell"),
    ],
)
def test_what_ruff_notices_by_itself(text, code):
    assert code in dict(ruff(text, "seerflow/engine/planted.py"))
