"""The workers of a counting pipeline as processes, and a supervisor that starts again what ended."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

WORKER = Path(__file__).resolve().with_name("counting.py")
SESSION_SECONDS = 6


class Fleet:
    """The workers of one run, and a supervisor that starts again what ended."""

    def __init__(self, bootstrap: str, run_id: str, folder: Path, inputs: int) -> None:
        self.bootstrap, self.run_id, self.folder, self.inputs = bootstrap, run_id, folder, inputs
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.stopped: dict[str, float] = {}
        self.told: dict[str, dict] = {}
        self.exits: Counter[str] = Counter()
        self.resting: dict[str, float] = {}
        self.done: list[str] = []

    def start(self, instance: str, faults: dict | None = None) -> None:
        stage = instance.split("-", maxsplit=1)[0]
        self.told[instance] = faults if faults is not None else self.told.get(instance, {})
        told = {
            "stage": stage,
            "id": self.run_id,
            "inputs": self.inputs,
            "instance": instance,
            "bootstrap": self.bootstrap,
            "datadir": str(self.folder / instance),
            "faults": self.told[instance],
            "settings": {
                "session_timeout_ms": SESSION_SECONDS * 1000,
                "transaction_timeout_ms": 10_000,
                "stall_seconds": 20.0,
            },
        }
        with (self.folder / f"{instance}.log").open("ab") as log:
            self.workers[instance] = subprocess.Popen(
                [sys.executable, str(WORKER), json.dumps(told)], stdout=log, stderr=log
            )

    def running(self, stage: str = "") -> list[str]:
        return [name for name in self.workers if name.startswith(stage) and name not in self.stopped]

    def kill(self, instance: str, rest_seconds: float = 0.0) -> None:
        """SIGKILL; it comes back with its name and disk, at once or when its partitions have moved on."""
        worker = self.workers.pop(instance)
        worker.kill()
        worker.wait()
        self.exits["killed"] += 1
        self.resting[instance] = time.monotonic() + rest_seconds

    def stop(self, instance: str) -> None:
        self.workers[instance].send_signal(signal.SIGSTOP)
        self.stopped[instance] = time.monotonic()

    def remove(self, instance: str) -> None:
        worker = self.workers.pop(instance)
        worker.terminate()
        self.exits[f"removed:{worker.wait(30)}"] += 1

    def tend(self, pause_seconds: float = SESSION_SECONDS + 5.0) -> None:
        now = time.monotonic()
        for instance, worker in list(self.workers.items()):
            if instance not in self.stopped and _is_stopped(worker.pid):
                self.stopped[instance] = now
            if instance in self.stopped and now - self.stopped[instance] > pause_seconds:
                del self.stopped[instance]
                worker.send_signal(signal.SIGCONT)
                self.exits["woken"] += 1
            code = worker.poll()
            if code is not None:
                self.exits["crashed" if code == -signal.SIGKILL else str(code)] += 1
                self.start(instance)
        for instance, until in list(self.resting.items()):
            if now >= until:
                del self.resting[instance]
                self.start(instance)

    def end(self) -> None:
        for instance in list(self.stopped):
            self.workers[instance].send_signal(signal.SIGCONT)
        self.stopped.clear()
        for worker in self.workers.values():
            worker.terminate()
        for instance, worker in self.workers.items():
            try:
                self.exits[f"end:{worker.wait(30)}"] += 1
            except subprocess.TimeoutExpired:
                worker.kill()
                self.exits["end:hung"] += 1
                self.done.append(f"{instance} hung at its end")


def _is_stopped(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
    except OSError:
        return False
