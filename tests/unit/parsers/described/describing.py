"""Descriptions in short: what a test does not say is usual."""

import yaml

from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import PARSERS
from seerflow.parsers.described.loading import load
from seerflow.parsers.described.proving import RECEIVED
from seerflow.parsers.flatten import dump
from seerflow.parsers.recognition import read
from seerflow.parsers.shelf import shelve

USUAL = {"name": "acme", "version": 1, "description": "Acme", "reads": "text", "dataset": "acme.log"}


def text(told, **more):
    """Give a description as a file's bytes; `told` is YAML or a mapping."""
    told = yaml.safe_load(told) if isinstance(told, str) else told
    whole = {**USUAL, **more, **told}
    whole.setdefault("when", {"keys": ["k"]} if whole["reads"] == "document" else {"contains": ["k"]})
    return yaml.safe_dump(whole, sort_keys=False).encode()


def parser(told, **more):
    """Give the parser of a description that is right."""
    made, problems = load({"acme.yaml": text(told, **more)})
    assert [str(one) for one in problems] == []
    return made["acme.yaml"]


def event(told, log, **more):
    """Give the event of a log among all parsers and the described one, which must have read it."""
    one = parser(told, **more)
    raw = log if isinstance(log, str) else dump(log)
    shelf = shelve(PARSERS, (), (one,))
    results = read(shelf, RawLog(origin=Origin("t", 0, 0, 0), raw=raw.encode(), received=RECEIVED))
    assert all(isinstance(one, Event) for one in results)
    return results[0]


def problems(content):
    """Give what is wrong with a file's text."""
    return [
        str(one) for one in load({"a.yaml": content.encode() if isinstance(content, str) else content})[1]
    ]
