"""What a command is."""

import argparse
from collections.abc import Callable

from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True):
    """One command: its name, one sentence, examples, its arguments and what it does."""

    name: str
    summary: str
    examples: tuple[str, ...]
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
