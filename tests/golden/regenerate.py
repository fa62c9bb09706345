"""Write the golden files anew: `PYTHONPATH=. python tests/golden/regenerate.py`. Read the difference before it is kept."""

import json
from pathlib import Path

from seerflow.adapters.documents import event_document, event_from_document
from seerflow.cli.parse import FORMS, rejected_document
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read

ROOT = Path(__file__).parent / "parsers"
#: 2026-03-15T12:00:00Z: when all golden logs were received.
RECEIVED = 1_773_576_000_000_000


def documents(log: Path) -> list[list[dict]]:
    """Give what each line of a golden log is read as."""
    found = []
    for index, line in enumerate(log.read_bytes().splitlines()):
        origin = Origin(f"golden/{log.parent.name}", 0, index)
        results = read(RawLog(origin=origin, raw=line, received=RECEIVED))
        found.append([event_document(r) if isinstance(r, Event) else rejected_document(r) for r in results])
    return found


def written(log: Path) -> str:
    """Give the golden file's text for a golden log."""
    return json.dumps(documents(log), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


#: Events of every class of OCSF, and what they are exported as.
EXPORTS = Path(__file__).parent / "exports"
EXPORTED = ("ecs", "ocsf")


def exported(form: str) -> str:
    """Give the golden file's text for the golden events in one form."""
    lines = (EXPORTS / "events.jsonl").read_text(encoding="utf-8").splitlines()
    found = [FORMS[form](event_from_document(json.loads(line))) for line in lines]
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for form in EXPORTED:
        (EXPORTS / f"{form}.json").write_text(exported(form), encoding="utf-8")
    for path in sorted(ROOT.glob("*/*.log")):
        path.with_suffix(".json").write_text(written(path), encoding="utf-8")
