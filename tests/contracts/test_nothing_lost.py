"""Outside data of every kind: each log gives events or a rejected log, and no exception."""

from itertools import islice
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
#: Logs of one file that are read here; bench/eval_raw.py reads more.
FIRST = 60


@pytest.fixture(autouse=True)
def _bench_is_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))


def test_every_log_of_the_outside_data_is_accounted_for(shared):
    import eval_raw
    from outside import files, raw_logs

    folders, wrong, logs = set(), {}, 0
    for name, path, is_logs in files(shared / "data"):
        told = eval_raw.measure(
            name, islice(raw_logs(path), FIRST), is_logs=is_logs, received=1_773_576_000_000_000
        )
        folders.add(name.partition("/")[0])
        logs += told.logs
        if told.lost or told.broke or told.events + told.rejected < told.logs:
            wrong[name] = (told.logs, told.events, told.rejected, told.lost, told.broke)
    assert wrong == {}
    assert {"raw", "parsers", "network", "cloud", "windows_attacks"} <= folders
    assert logs > 1000
