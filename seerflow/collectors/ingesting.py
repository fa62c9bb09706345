"""Sending files once, from the first document to Kafka's last acknowledgement."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from seerflow.collectors.contract import Labels, Sink, now, put_runs
from seerflow.collectors.reading import Piece, UnreadableError, pieces

NAME = "ingest"


class Ingested(Struct, kw_only=True):
    """What was sent. `logs` and `bytes` are what was handed to Kafka."""

    files: int = 0
    logs: int = 0
    bytes: int = 0
    cut: int = 0
    broken: int = 0
    failed: list[str] = []  # what is wrong with each file that could not be read to its end


async def send(
    paths: Sequence[str],
    sink: Sink,
    labels: Labels,
    *,
    max_bytes: int,
    progress: Callable[[str, int], None],
) -> Ingested:
    """Hand over every document of the files, in order. `progress` hears the path and the bytes reached."""
    done = Ingested()
    for path in paths:
        envelope = labels.envelope(NAME, lane=path)
        try:
            found = pieces(path, max_bytes, labels.multiline)
            while (piece := await asyncio.to_thread(_next, found)) is not None:
                await put_runs(sink, envelope, piece.runs, now())
                _count(done, piece)
                progress(path, piece.reached)
            done.files += 1
        except UnreadableError as error:
            done.failed.append(str(error))
    return done


def _next(found: Iterator[Piece]) -> Piece | None:
    return next(found, None)


def _count(done: Ingested, piece: Piece) -> None:
    for run in piece.runs:
        done.logs += len(run.documents)
        done.bytes += sum(map(len, run.documents))
        done.cut += len(run.documents) if run.cut else 0
    done.broken += piece.broken
