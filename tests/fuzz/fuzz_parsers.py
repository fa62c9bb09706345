"""Coverage-guided fuzzing of all parsers: `PYTHONPATH=. python tests/fuzz/fuzz_parsers.py [SECONDS] [libFuzzer options]`.

Needs Atheris (Google, Apache-2.0; wheels for Linux x86_64 from Python 3.11 on), which the locked requirements do not
hold: `pip install atheris`. The golden logs are the seeds; the checks are those of tests/contracts/test_parsers.py.
What breaks is written as `crash-*`; its bytes become a case of the contract.
"""

import runpy
import sys
import tempfile
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit("this needs Atheris: pip install atheris")

ROOT = Path(__file__).resolve().parents[1]
with atheris.instrument_imports(include=["seerflow.parsers"]):
    CONTRACT = runpy.run_path(str(ROOT / "contracts" / "test_parsers.py"))

#: The parser that is asked by name; the first byte chooses. "" recognises, three times as often as a name.
NAMES = ["", "", "", *CONTRACT["NAMES"]]


def one(data: bytes) -> None:
    """Hold one log to the contract."""
    if data:
        CONTRACT["check"](CONTRACT["raw"](data[1:], NAMES[data[0] % len(NAMES)]))


def main() -> None:
    """Fuzz for so many seconds."""
    seconds, *options = sys.argv[1:] or ["60"]
    with tempfile.TemporaryDirectory() as corpus:
        for number, (_, line) in enumerate(CONTRACT["LINES"]):
            (Path(corpus) / str(number)).write_bytes(b"\0" + line)
        limits = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], corpus, *limits, *options], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
