"""What recognition says for people about its steps."""

from seerflow.parsers.contract import Frame, Outcome

#: In place of a program: the source's configuration named the parser.
SOURCE = "*"


def reason(why: str) -> str:
    """Say why a parser was asked."""
    if why == SOURCE:
        return "named by the source"
    return f"named for {why}" if why else "its first test holds"


def told(outcome: Outcome) -> str:
    """Say what it answered."""
    if outcome is None:
        return "not mine"
    if len(outcome) == 1 and isinstance(outcome[0], Frame):
        return f"a frame around {len(outcome[0].payload.text)} characters" + (
            f" of {outcome[0].payload.program}" if outcome[0].payload.program else ""
        )
    return f"{len(outcome)} readings" if len(outcome) != 1 else "read"
