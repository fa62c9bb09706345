"""`seerflow bench sigma`: events a second through all rules, beside the mere decoding of the same lines."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from seerflow.adapters import rulefiles
from seerflow.detectors.sigma.engine import Engine
from seerflow.errors import OperatorError

MAX_LINES = 1_000_000


def measure(folders: Sequence[Path], events: Path) -> dict[str, Any]:
    """Match flat native JSON lines against the rules once, single pass, decoding and routing included.

    `limit_per_second` is the rate at which the same lines are only decoded, in the same run. Times are CPU times
    of this process, so that other work on the machine counts as little as can be.
    """
    begin = time.perf_counter()
    ruleset = rulefiles.ruleset(folders or [rulefiles.SHIPPED])
    loaded = time.perf_counter() - begin
    lines = _decodable(events)
    begin = time.process_time()
    for line in lines:
        orjson.loads(line)
    decoding = time.process_time() - begin
    engine = Engine(ruleset.rules)
    matches = 0
    begin = time.process_time()
    for line in lines:
        matches += len(engine.match(orjson.loads(line), {}))
    spent = time.process_time() - begin
    count = max(len(lines), 1)
    return {
        "rules": len(engine.rules),
        "events": len(lines),
        "matches": matches,
        "load_seconds": round(loaded, 3),
        "events_per_second": round(count / max(spent, 1e-9)),
        "limit_per_second": round(count / max(decoding, 1e-9)),
        "cpu_microseconds": round(spent / count * 1e6, 2),
        "caches_emptied": engine.budget.emptied,
    }


def _decodable(path: Path) -> list[bytes]:
    """Give the lines that are JSON objects; the others are not what is measured here."""
    try:
        with path.open("rb") as opened:
            lines = [line for line, _ in zip(opened, range(MAX_LINES), strict=False)]
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror or error}") from error
    return [line for line in lines if _is_object(line)]


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
