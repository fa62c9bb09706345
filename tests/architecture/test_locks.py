"""The locked requirements: hashes everywhere, addresses nowhere, and one version of each name in all files."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {name: (ROOT / "requirements" / f"{name}.lock").read_text() for name in ("runtime", "build", "dev")}
_BLOCK = re.compile(
    r"^([a-z0-9-]+)==([^ ;\\]+)([^\n]*)\\\n((?:    --hash=sha256:[0-9a-f]{64}[^\n]*\n)+)", re.MULTILINE
)


def blocks(lock):
    """(name, version, marker) -> hashes."""
    return {
        (name, version, marker.strip()): set(re.findall(r"[0-9a-f]{64}", hashes))
        for name, version, marker, hashes in _BLOCK.findall(LOCKS[lock])
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_hashes_and_no_file_an_address(lock):
    begun = [line for line in LOCKS[lock].splitlines() if line and not line.startswith((" ", "#"))]
    assert len(begun) == len(blocks(lock)) > 0
    assert "://" not in LOCKS[lock]
    assert "index-url" not in LOCKS[lock]


@pytest.mark.parametrize("lock", ["runtime", "build"])
def test_development_has_the_same_versions(lock):
    assert {key[:2] for key in blocks(lock)} <= {key[:2] for key in blocks("dev")}


def test_what_the_distribution_asks_for_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[><=]", one)[0].lower() for one in project["dependencies"]}
    listed = {
        re.split(r"[><=]", one)[0].lower()
        for one in (ROOT / "requirements" / "runtime.in").read_text().split()
    }
    assert asked == listed
    assert asked <= {name for name, _, _ in blocks("runtime")}
