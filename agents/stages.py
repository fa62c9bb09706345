"""The stages by name, and what each needs beside the engine."""

from collections.abc import Callable

from seerflow.agents import alert, correlate, detect, parse, profile
from seerflow.agents.stage import Stage
from seerflow.agents.wiring import Wiring
from seerflow.alerts.outbox import Policy
from seerflow.config import Config


def _dispatch(wiring: Wiring, config: Config) -> Stage:
    # Only this stage speaks to notifiers.
    from seerflow.adapters import notifiers  # noqa: PLC0415
    from seerflow.adapters.dispatching import Dispatcher  # noqa: PLC0415
    from seerflow.adapters.notifiers.http import open_client  # noqa: PLC0415
    from seerflow.agents import dispatch  # noqa: PLC0415

    made = notifiers.build(config, open_client())
    return dispatch.stage(wiring, Dispatcher(made), notifiers.routes(config), Policy())


#: Stage -> how it is built.
BUILDERS: dict[str, Callable[[Wiring, Config], Stage]] = {
    "parse": lambda wiring, _: parse.stage(wiring),
    "detect": lambda wiring, _: detect.stage(wiring),
    "correlate": lambda wiring, _: correlate.stage(wiring),
    "profile": lambda wiring, _: profile.stage(wiring),
    "alert": lambda wiring, _: alert.stage(wiring),
    "dispatch": _dispatch,
}

#: Stages whose tick does more than free memory, and how often (seconds).
TICKS = {"dispatch": 0.2}


def build(name: str, wiring: Wiring, config: Config) -> Stage:
    """Give the stage of that name."""
    return BUILDERS[name](wiring, config)
