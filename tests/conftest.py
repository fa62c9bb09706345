"""What all tests share: where the outside data lies, if it is there; how Hypothesis searches."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("SEERFLOW_SHARED", ROOT.parent / "shared"))

# The same examples each time, so that a red run is red for everybody; HYPOTHESIS_PROFILE=search draws new ones.
# No deadlines: how fast a loaded machine is says nothing about the code.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of outside data; tests that need it are skipped, visibly, where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"no outside data at {SHARED} (set SEERFLOW_SHARED)")
    return SHARED
