"""The descriptions that come with Seerflow cost nothing until the first log, and little then."""

import subprocess
import sys
import time

from seerflow.model.log import Origin, RawLog
from seerflow.parsers import described, explain
from seerflow.parsers.products import contents

HELP = """
from seerflow.cli import main
from seerflow.parsers import described
try:
    main(["--help"])
except SystemExit:
    pass
print(described.cache_info().currsize)
"""


def test_help_does_not_read_them():
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n0\n")


def test_all_are_read_in_a_moment():
    described.cache_clear()
    begun = time.process_time()
    count = len(described())
    assert count == len(contents())
    assert time.process_time() - begun < 0.1 + 0.002 * count  # 0.4 s of 150


def test_explain_says_whose_when_does_not_hold():
    raw = RawLog(origin=Origin("t", 0, 0, 0), raw=b"x /20 y", received=1)
    assert "haproxy/1: its `when` does not hold" in explain(raw)
