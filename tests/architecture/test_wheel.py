"""The wheel: one import name, and everything that a checkout has behind links."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The built wheel."""
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(out), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    with zipfile.ZipFile(built) as opened:
        yield opened


def inside(folder, pattern):
    """The files of the checkout that a link shows inside the package."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_one_import_name(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"seerflow"}


@pytest.mark.parametrize(
    ("folder", "pattern"), [("agents", "*.py"), ("rules", "*"), (".", "topics.yaml")]
)  # fmt: skip
def test_what_links_show_is_in_the_wheel(wheel, folder, pattern):
    place = {"agents": "seerflow", "rules": "seerflow/share", ".": "seerflow/share"}[folder]
    wanted = inside(folder, pattern) if folder != "." else {"topics.yaml"}
    assert wanted
    for name in wanted:
        assert wheel.read(f"{place}/{name}") == (ROOT / name).read_bytes()


def test_every_module_and_shared_file_is_in_the_wheel(wheel):
    assert inside("seerflow", "*.py") <= set(wheel.namelist())
    described = inside("seerflow/parsers/products", "*.yaml")
    assert described
    assert described <= set(wheel.namelist())
    shared = {
        f"seerflow/share/{path.name}" for path in (ROOT / "seerflow" / "share").iterdir() if path.is_file()
    }
    assert {"seerflow/share/kafka.lock", "seerflow/share/topics.yaml"} <= shared <= set(wheel.namelist())


def test_the_wheel_imports_by_itself(wheel, tmp_path):
    """Unpacked beside nothing else, with the libraries of this environment and not the checkout."""
    wheel.extractall(tmp_path)
    code = (
        "import sys, seerflow.agents, seerflow.adapters.topics as topics, seerflow.adapters.jars as jars;"
        "assert len(jars.locked()) > 40; print(len(topics.load().topics), seerflow.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split()[1:] == [str(tmp_path / "seerflow" / "__init__.py")], done.stderr


def test_its_requirements_are_the_locked_ones(wheel):
    (metadata,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    text = wheel.read(metadata).decode()
    assert "Name: seerflow-siem" in text
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert text.count("Requires-Dist:") == len(project["dependencies"])
