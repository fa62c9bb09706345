"""All evaluations, one after another, and a summary of their figures: python bench/evaluate.py DATA [NAME ...].

Exit code 1 where an evaluation broke; a missed aim is shown, not an error.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import msgspec
from figures import Figure, summary
from msgspec import Struct

HERE = Path(__file__).resolve().parent


class Evaluation(Struct, frozen=True, kw_only=True):
    """One evaluation: its name, the file in this folder, what it measures."""

    name: str
    file: str
    measures: str


EVALUATIONS: tuple[Evaluation, ...] = (
    Evaluation(
        name="fields", file="eval_fields.py", measures="fields of labelled logs, by family of products"
    ),
    Evaluation(name="framing", file="eval_framing.py", measures="syslog frames, valid and invalid"),
    Evaluation(name="vendors", file="eval_vendors.py", measures="vendor and product of syslog lines"),
    Evaluation(name="auth", file="eval_auth.py", measures="failed and successful logins, and from where"),
    Evaluation(name="auditd", file="eval_auditd.py", measures="audit records joined into events"),
    Evaluation(name="raw", file="eval_raw.py", measures="nothing lost, and how much is recognised, by file"),
    Evaluation(
        name="correlation",
        file="eval_correlation.py",
        measures="alerts of labelled sequences, by kind and source",
    ),
    Evaluation(name="anomaly", file="eval_anomaly.py", measures="profiles and streams of labelled anomalies"),
)


def run(one: Evaluation, data: Path) -> tuple[list[Figure], bool]:
    """Run one evaluation, show what it prints; its figures, and whether it ended well."""
    print(f"== {one.name}: {one.measures}\n", flush=True)
    if not (HERE / one.file).exists():
        print(f"bench/{one.file} is not there\n")
        return [], True
    figures: list[Figure] = []
    script = HERE / one.file
    # One that knows nothing of figures shows its table only.
    told = ["--json"] if "from figures import" in script.read_text(encoding="utf-8") else []
    command = [sys.executable, str(script), str(data), *told]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            if line.startswith('{"name"'):
                figures.append(msgspec.json.decode(line, type=Figure))
            else:
                print(line, end="", flush=True)
    if running.returncode:
        print(f"{one.name} broke: exit code {running.returncode}", file=sys.stderr)
    print(flush=True)
    return figures, running.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", metavar="DATA", type=Path)
    parser.add_argument("names", metavar="NAME", nargs="*", help="only these")
    given = parser.parse_args()
    known = {one.name for one in EVALUATIONS}
    if not given.data.is_dir() or not set(given.names) <= known:
        parser.error(f"DATA is a folder, NAME one of {', '.join(sorted(known))}")
    results = [run(one, given.data) for one in EVALUATIONS if not given.names or one.name in given.names]
    print("== summary\n")
    summary(figure for figures, _ in results for figure in figures)
    return 0 if all(well for _, well in results) else 1


if __name__ == "__main__":
    sys.exit(main())
