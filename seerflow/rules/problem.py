"""What is wrong with a rule, where, and what to do: values, so that one bad rule stops nothing else."""

from msgspec import Struct


class Problem(Struct, frozen=True, kw_only=True):
    """One thing wrong with one rule file. A fatal one disables the rule; the others are warnings."""

    file: str
    line: int = 0  # counted from 1; 0: the file as a whole
    fact: str
    help: str = ""
    rule: str = ""  # the rule's id, where it has one
    fatal: bool = True

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.fact}" + (f"; {self.help}" if self.help else "")


class UnreadableError(ValueError):
    """A rule does not say anything that can be evaluated. Caught in `load`, which knows the place."""

    def __init__(self, fact: str, help_: str = "", near: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.help = help_
        self.near = near  # a piece of the rule's text, by which the line is found
