"""`seerflow demo` as a newcomer runs it: twice on one day, and the whole story is told each time."""

import os
import subprocess
import sys

#: What a person is told, in this order.
NOTICES = (
    "[ALERT medium] SSH brute force",
    "[ESCALATED critical] SSH brute force",
    "[ALERT high] Account made",
)


def test_the_story_is_told_anew_by_every_demo(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SEERFLOW_")}
    environment["SEERFLOW_STATE"] = str(tmp_path)
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "seerflow", "demo"],
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=240,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        said = [
            line
            for line in (done.stdout + done.stderr).splitlines()
            if line.startswith(("[ALERT", "[ESCALATED"))
        ]
        assert [line[: len(notice)] for line, notice in zip(said, NOTICES, strict=True)] == [*NOTICES]
