"""Hits to findings by profiles and models: show each hit to its entity's cell."""

from seerflow.agents.remember import remembering
from seerflow.agents.stage import Stage
from seerflow.agents.wiring import Wiring


def stage(wiring: Wiring) -> Stage:
    """Build the stage: `hits.profile` in, `findings` out, cells in `profile.cells`."""
    return remembering(wiring, name="profile", detector="profile", hits="hits.profile")
