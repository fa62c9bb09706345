"""Errors, by whose fault. Messages say what happened, where, and what to do."""


class SeerflowError(Exception):
    """Any error that this project raises on purpose."""


class OperatorError(SeerflowError):
    """What the operator asked for cannot be done as it stands: the message says how to put it right."""


class ConfigError(OperatorError):
    """The configuration has problems; `problems` holds all of them, each with its place and help."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class OutsideError(SeerflowError):
    """The world outside refused: the network, a broker, a disk, a remote service."""


class FencedError(OutsideError):
    """Another worker owns this partition now; this one must end without a trace."""
