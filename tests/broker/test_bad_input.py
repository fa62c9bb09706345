"""A worker on a real cluster that is not ready for it."""

import os
import subprocess
import sys


def test_a_worker_whose_topics_are_missing_refuses_and_says_what_makes_them(bootstrap, tmp_path):
    # Other tests may have made all topics on this cluster: the worker is shown the cluster without one of them.
    code = (
        "from seerflow.agents.clients import Clients; Clients.partitions = (lambda real: lambda self: "
        "{n: c for n, c in real(self).items() if n != 'events'})(Clients.partitions);"
        "from seerflow.cli import main; raise SystemExit(main(['worker', 'detect', '--port', '0']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SEERFLOW_BOOTSTRAP": bootstrap, "SEERFLOW_STATE": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert b"topic 'events' does not exist; `seerflow topics apply` creates it" in done.stderr
    assert b"Traceback" not in done.stderr
