"""Hits to findings by correlation rules: show each hit to its cell."""

from seerflow.agents.remember import remembering
from seerflow.agents.stage import Stage
from seerflow.agents.wiring import Wiring


def stage(wiring: Wiring) -> Stage:
    """Build the stage: `hits.correlate` in, `findings` out, cells in `correlate.cells`."""
    return remembering(wiring, name="correlate", detector="correlation", hits="hits.correlate")
