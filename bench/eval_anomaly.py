"""How well, how fast, how large: python bench/eval_anomaly.py [DATA]; DATA is the folder that holds anomaly/ and correlation/.

Prints a table. Without DATA only the made-up timelines run. Times are CPU time of this process.
"""

import csv
import gzip
import json
import random
import re
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seerflow.detectors.anomaly.forest import Masses, Shape, forest
from seerflow.detectors.anomaly.keys import ProfileKeys
from seerflow.detectors.anomaly.profile import ProfileDetector
from seerflow.detectors.anomaly.quantile import Quantile, estimate, update
from seerflow.model.event import Event
from seerflow.model.finding import Finding, Hit
from seerflow.model.identity import DAY, event_id
from seerflow.model.log import Origin

MONDAY = 20003  # 2024-10-07, a day counted from 1970-01-01
HOUR = DAY // 24


def auc(scores: list[float], labels: list[int]) -> float:
    """Area under the ROC curve: the chance that an anomaly scores above a normal one, ties half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, i = [0.0] * len(scores), 0
    while i < len(order):
        j = i
        while j < len(order) and scores[order[j]] == scores[order[i]]:
            j += 1
        for place in order[i:j]:
            ranks[place] = (i + j + 1) / 2
        i = j
    positive = sum(labels)
    total = sum(rank for rank, label in zip(ranks, labels, strict=True) if label)
    return (total - positive * (positive + 1) / 2) / (positive * (len(labels) - positive))


def row(name: str, **values: object) -> None:
    print(f"{name:34}", "  ".join(f"{key}={value}" for key, value in values.items()))


def smtp(data: Path) -> None:
    """KDD99 SMTP: 95,156 rows, 30 anomalies, three features that are logarithms (0.1 + x)."""
    with gzip.open(data / "anomaly/kdd_smtp.csv.gz", "rt") as file:
        rows = [[float(value) for value in line] for line in csv.reader(file) if line[0] != "x1"]
    for height, count in ((4, 20), (6, 10), (7, 10)):
        trees = forest(Shape(features=("x1", "x2", "x3"), height=height, trees=count))
        for learns in ("all", "unflagged"):
            masses, high, scores, labels, flagged = Masses(), Quantile(), [], [], []
            begin = time.process_time()
            for x1, x2, x3, label in rows:
                leaves = trees.leaves((x1 / 12, x2 / 12, x3 / 12))
                score = trees.score(masses, leaves)
                limit = estimate(high, 0.995)
                odd = high.n > 1000 and limit is not None and score >= limit + 0.01
                if masses.scores:
                    update(high, 0.995, score)
                if learns == "all" or not odd:
                    trees.learn(masses, leaves)
                scores.append(score)
                labels.append(int(label))
                flagged.append(odd)
            took = time.process_time() - begin
            hit = sum(f and label for f, label in zip(flagged, labels, strict=True))
            row(
                f"smtp {count} x h={height} learns {learns}",
                auc=f"{auc(scores, labels):.4f}",
                flagged=sum(flagged),
                found=f"{hit}/{sum(labels)}",
                us=f"{took / len(rows) * 1e6:.1f}",
            )


def event(number: int, moment: int, text: str = "", /, **common: str) -> Event:
    origin = Origin("raw.bench", 0, number)
    fields = {name.replace("__", "."): value for name, value in common.items()}
    return Event(
        id=event_id(origin),
        origin=origin,
        time=moment,
        received=moment,
        parser="bench/1",
        common=fields,
        text=text,
    )


def ran(detector: ProfileDetector, hits: Iterable[Hit], cells: dict[object, bytes]) -> Iterator[Finding]:
    for hit in hits:
        cell, found = detector.on_hit(hit, cells.get(hit.key))
        if cell is not None:
            cells[hit.key] = cell
        yield from found


def sign_in(number: int, moment: int, user: str, country: str = "DE", host: str = "web-1") -> Event:
    return event(
        number,
        moment,
        f"Accepted publickey for {user}",
        user__name=user,
        host__name=host,
        source__ip="192.0.2.7" if country == "DE" else "203.0.113.9",
        source__geo__country_iso_code=country,
        event__category="authentication",
        event__outcome="success",
        event__dataset="linux.sshd",
        process__name="sshd",
    )


def timelines() -> None:
    """100 made-up people, 90 days: office hours, two to six hosts, one business trip; then a stolen account each."""
    draw = random.Random(7)
    events: list[Event] = []
    stolen: set[str] = set()
    number = 0
    for person in range(100):
        user, begin = f"user{person}", draw.choice([6, 7, 8, 9, 13])
        hosts = [f"host{draw.randrange(40)}" for _ in range(draw.randint(2, 6))]
        for day in range(90):
            if day % 7 >= 5 and draw.random() < 0.95:
                continue
            for _ in range(draw.randint(1, 12)):
                moment = (MONDAY + day) * DAY + int((begin + draw.gauss(4, 2)) * HOUR)
                events.append(sign_in(number, moment, user, host=draw.choice(hosts)))
                number += 1
        theft = (MONDAY + draw.randint(60, 89)) * DAY + int(((begin + 16) % 24 + draw.random()) * HOUR)
        attack = sign_in(number, theft, user, country="KP", host="db-9")
        number += 1
        stolen.add(attack.id)
        events.append(attack)
    events.sort(key=lambda one: one.time)
    keys, detector, cells = ProfileKeys(streams=False), ProfileDetector(), {}
    hits = [hit for one in events for _, hit in keys.on_event(one).hits]
    begin_cpu = time.process_time()
    found = list(ran(detector, hits, cells))
    took = time.process_time() - begin_cpu
    for rule in ("profile-country", "profile-hour", "profile-host", "profile-volume"):
        of_rule = [one for one in found if one.rule == rule]
        right = sum(one.evidence[0].event in stolen for one in of_rule)
        row(f"timelines {rule}", thefts=f"{right}/100", others=len(of_rule) - right, events=len(events))
    sizes = sorted(map(len, cells.values()))
    row(
        "user cell",
        median=sizes[len(sizes) // 2],
        largest=sizes[-1],
        us_a_hit=f"{took / len(hits) * 1e6:.1f}",
    )


def stream(name: str, events: list[Event], labels: list[int] | None = None) -> None:
    keys, detector, cells = ProfileKeys(), ProfileDetector(), {}
    begin = time.process_time()
    hits = [hit for one in events for _, hit in keys.on_event(one).hits if hit.rules == ("dataset",)]
    keyed = time.process_time()
    found = list(ran(detector, hits, cells))
    took = time.process_time() - keyed
    extra: dict[str, object] = {}
    if labels is not None:
        bad = {one.id for one, label in zip(events, labels, strict=True) if label}
        right = sum(one.evidence[0].event in bad for one in found)
        extra = {"right": right, "attacks": len(bad)}
    row(
        name,
        logs=len(events),
        findings=len(found),
        **extra,
        bytes=max(map(len, cells.values())),
        us_key=f"{(keyed - begin) / len(events) * 1e6:.1f}",
        us_hit=f"{took / len(hits) * 1e6:.1f}",
    )
    for one in found[:3]:
        print("   ", one.evidence[0].text[:90], "|", "; ".join(reason.text for reason in one.reasons[1:]))


_STAMP = re.compile(r"^([A-Z][a-z]{2})\s+(\d+) (\d\d:\d\d:\d\d) (\S+) ([\w./-]+)[^:]*: (.*)$")


def ssh(data: Path, name: str) -> None:
    """Real sshd logs, unlabelled: how much the stream model says."""
    events = []
    for number, line in enumerate((data / "correlation/ssh" / name).read_text(errors="replace").splitlines()):
        match = _STAMP.match(line)
        if match is None:
            continue
        month, day, clock, host, program, message = match.groups()
        moment = datetime.strptime(f"2005 {month} {day} {clock}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
        events.append(
            event(
                number,
                int(moment.timestamp()) * 1_000_000,
                line,
                host__name=host,
                process__name=program,
                event__dataset="linux.sshd",
                message=message,
            )
        )
    stream(f"ssh {name}", events)


def templates(data: Path) -> None:
    """Eight systems' logs, unlabelled, 2,000 lines each, one a second."""
    for path in sorted((data / "anomaly/loghub_templates").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", errors="replace") as file:
            lines = [json.loads(line) for line in file]
        texts = [
            next(str(line[key]) for key in ("line", "content", "raw", "Content") if key in line)
            for line in lines
        ]
        events = [
            event(n, MONDAY * DAY + n * 1_000_000, text, host__name="a", event__dataset="x", message=text)
            for n, text in enumerate(texts)
        ]
        stream(f"loghub {path.name.removesuffix('.jsonl.gz')}", events)


def http(data: Path) -> None:
    """HTTP parameters: normal ones, and every 200th an attack, one a second, in a drawn order."""
    with gzip.open(data / "anomaly/http_params/payload_train.csv.gz", "rt", errors="replace") as file:
        rows = list(csv.DictReader(file))
    draw = random.Random(3)
    draw.shuffle(rows)
    normal = [one["payload"] for one in rows if one["label"] == "norm"]
    attacks = [one["payload"] for one in rows if one["label"] != "norm"]
    mixed = [(attacks.pop(), 1) if n % 200 == 199 else (text, 0) for n, text in enumerate(normal)]
    events = [
        event(
            n, MONDAY * DAY + n * 60_000_000, text, host__name="w", event__dataset="http", event__action="GET"
        )
        for n, (text, _) in enumerate(mixed)
    ]
    stream("http parameters", events, [label for _, label in mixed])


def main() -> None:
    timelines()
    if len(sys.argv) > 1:
        data = Path(sys.argv[1])
        ssh(data, "loghub-openssh-2k.log")
        ssh(data, "loghub-linux-2k.log")
        templates(data)
        http(data)
        smtp(data)


if __name__ == "__main__":
    main()
