"""The reference pages that the code knows by itself. `python docs/generate.py` writes them anew."""  # noqa: INP001 - a script beside the pages, not a package

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from seerflow.adapters import topics
from seerflow.adapters.metrics import LABELS, METRICS
from seerflow.cli import COMMANDS, parser
from seerflow.model.fields import FIELDS
from seerflow.parsers import PARSERS, described
from seerflow.parsers.described import conversion, language, moment
from seerflow.parsers.shelf import GENERAL

REFERENCE = Path(__file__).resolve().parent / "reference"
NOTE = "<!-- Written by docs/generate.py; `python docs/generate.py` writes it anew. -->"


def commands() -> str:
    """Give the page of all commands, their arguments and examples."""
    parts = []
    choices = dict(_subcommands(parser()))
    for command in COMMANDS:
        parts += [f"## seerflow {command.name}", _sentence(command.summary)]
        parts += _arguments(choices[command.name])
        parts.append("\n".join(["```sh", *command.examples, "```"]))
    intro = (
        "Results go to stdout: one JSON object a line, a table when stdout is a terminal. Everything else goes to "
        "stderr. Exit codes: 0 done, 1 something was found wrong, 2 wrong use."
    )
    return _page("Commands", intro, *parts)


def _arguments(one: argparse.ArgumentParser) -> Iterator[str]:
    """Give a table of a parser's arguments, and one for each command below it."""
    rows = [
        (_shown(action), _escaped(_told(action)))
        for action in one._actions  # noqa: SLF001 - argparse has no public list
        if not _is_help(action) and not _is_subparsers(action)
    ]
    if rows:
        yield _table(("argument", "meaning"), rows)
    for name, child in _subcommands(one):
        yield f"### {one.prog} {name}"
        yield _sentence(child.description or "")
        yield from _arguments(child)


def _subcommands(one: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in one._actions:  # noqa: SLF001 - as above
        if _is_subparsers(action) and isinstance(action.choices, Mapping):
            yield from action.choices.items()


def _is_help(action: argparse.Action) -> bool:
    return "--help" in action.option_strings


def _is_subparsers(action: argparse.Action) -> bool:
    return isinstance(action.choices, Mapping)


def _shown(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings:
        return f"`{value if action.metavar else action.dest}`"
    return f"`{', '.join(action.option_strings)}{'' if action.nargs == 0 else f' {value}'}`"


def _told(action: argparse.Action) -> str:
    if action.choices is None:
        return action.help or ""
    names = ", ".join(map(str, action.choices))
    return f"{action.help} ({names})" if action.help else f"one of {names}"


def fields() -> str:
    """Give the page of the common view's fields."""
    intro = (
        "The common view of every event: names of ECS 8, dotted and flat; *ours* marks the few that ECS does not have. "
        "The native view beside it holds the source's own names and is not listed here."
    )
    names = (
        "**Sigma** are the names under which rules reach the field where the event has none of the rule's own; where "
        "several fields share one, the earlier is asked first. **OCSF** is the attribute that `seerflow parse --as "
        "ocsf` writes; it may stand elsewhere in some classes (in a detection finding under `evidences`)."
    )
    rows = [
        (
            f"`{one.name}`",
            one.type if one.in_ecs else f"{one.type}, ours",
            _escaped(one.meaning),
            " ".join(f"`{name}`" for name in one.sigma.split()),
            one.ocsf and f"`{one.ocsf}`",
        )
        for one in FIELDS
    ]
    sets = [
        (f"`{one.name}`", " ".join(f"`{value}`" for value in sorted(one.values)))
        for one in FIELDS
        if one.values
    ]
    return _page(
        "Fields",
        intro,
        names,
        _table(("field", "type", "meaning", "Sigma", "OCSF"), rows),
        "## Values\n\nFields that have no other values than ECS allows:",
        _table(("field", "values"), sets),
    )


def parsers() -> str:
    """Give the page of the parsers, in the order of recognition."""
    intro = (
        "In the order in which they are asked whether a log is theirs; the first that reads it, has it. The name is "
        "what `sources.NAME.parser` in the configuration and the header `format` of an envelope take. Parsers that you "
        "described yourself (`parsers` in the configuration) are asked before all of these, but for syslog's frame."
    )
    parts = []
    for title, some in (
        ("Written in Python", [one for one in PARSERS if one.name not in GENERAL]),
        ("Described", sorted(described(), key=lambda one: one.name)),
        ("For what is left", [one for one in PARSERS if one.name in GENERAL]),
    ):
        rows = [
            (f"`{one.name}`", str(one.version), one.reads, ", ".join(one.programs), _escaped(one.description))
            for one in some
        ]
        parts += [f"## {title}", _table(("parser", "version", "reads", "programs", "description"), rows)]
    note = (
        "Of these only those are asked whose key, beginning or literal the log shows; the one that asks for more comes "
        "first, between equals the name decides."
    )
    parts.insert(parts.index("## Described") + 1, note)
    return _page("Parsers", intro, *parts)


def parser_language() -> str:
    """Give the page of the language in which parsers are described."""
    intro = (
        "A parser is one YAML file; [add-a-parser](../how-to/add-a-parser.md) shows how to write one. Scalars are those of "
        "YAML 1.2: `yes`, `on`, dates and `12:30` are texts. Anchors may be used within a file, but not one inside another."
    )
    order = (
        "A part says what is taken from a log. The whole description is one, and so is each message, each case of a "
        "`switch` and each of `kinds`. It is done in this order, and what is done later has the last word: `decode`, "
        "`unpack`, `columns`, `set`, the captures of the first message that matches, `fields`, `words`, `time`, that "
        "message's own part, `switch`, `kinds`. At the very end, `general` and the usual names of times fill what is empty."
    )
    names = (
        "A name on the right side (in `from`, `time`, `switch`, …) is a native field: a capture, a column, a key, a dotted "
        "path of a document (nested or written with dots). Of a list its first item is taken; `items[].id` is `items.id`. "
        "Where there is no such native field, the common field of that name is meant. A capture with a common field's name "
        "sets that field, and must fit its type: if not, the message does not match (`-` and the like are nothing, and fit)."
    )
    tables = (
        ("The file", language.DESCRIPTION),
        ("`when`: how logs are known", language.WHEN),
        ("A part", {**language.PART, "columns": language.COLUMNS["columns"]}),
        ("A message", {key: one for key, one in language.MESSAGE.items() if key not in language.PART}),
        ("A test", language.TEST),
    )
    parts = [
        one
        for title, keys in tables
        for one in (_keys(title, keys), *((order, names) if title == "A part" else ()))
    ]
    conversions = [(f"`{name}`", _escaped(conversion.MEANINGS[name])) for name in conversion.NAMES]
    forms = [(f"`{name}`", _escaped(moment.MEANINGS[name])) for name in moment.FORMS]
    return _page(
        "The language of parsers",
        intro,
        *parts,
        "## Conversions: `as` of a field, `decode`",
        _table(("name", "what it does"), conversions),
        "The last four are for `as` only: they fill fields beside their own.",
        "## Forms of time: `as` of `time`",
        _table(("form", "what it reads"), forms),
        "Any other form is a pattern of strptime's letters: "
        + ", ".join(f"`%{letter}`" for letter in moment.LETTERS)
        + ". Without a year the latest one is meant that is not in the future.",
        "## Bounds\n\nA file has at most 256 kB. Regular expressions are [RE2](https://github.com/google/re2/wiki/Syntax)'s, "
        "without look-around and back references, and see the first 8,192 characters of a text. A log gives at most 1,000 "
        "pairs or columns.",
    )


def _keys(title: str, keys: Mapping[str, language.Key]) -> str:
    """Give one section of the language's page."""
    rows = [(f"`{key}`", "yes" if one.required else "", _escaped(one.meaning)) for key, one in keys.items()]
    return f"## {title}\n\n{_table(('key', 'required', 'meaning'), rows)}"


def metrics() -> str:
    """Give the page of the metrics and the closed sets of their labels."""
    intro = (
        "Each worker and `seerflow collect` answer at `/metrics` in Prometheus' text format. Labels have values from "
        "closed sets, never from a log."
    )
    rows = [
        (
            f"`{one.name}`",
            "counter" if one.counter else "gauge",
            ", ".join(one.labels),
            _escaped(one.meaning),
        )
        for one in METRICS
    ]
    known = [(f"`{name}`", ", ".join(values)) for name, values in sorted(LABELS.items())]
    return _page(
        "Metrics",
        intro,
        _table(("metric", "kind", "labels", "meaning"), rows),
        "## Labels\n\nThe values that the code knows; the names of parsers, detectors, collectors and notifiers are "
        "the others.",
        _table(("label", "values"), known),
    )


def topic_list() -> str:
    """Give the page of the topics, as topics.yaml says them."""
    catalogue = topics.load()
    intro = (
        "`topics.yaml` is the only source of these; `seerflow topics apply` creates them. *keyspace* is one count for "
        "all such topics, the profile's, and fixed for the life of a cluster."
    )
    rows = [
        (
            f"`{name}`",
            str(one.partitions),
            "compacted" if one.compacted else f"{one.retention_hours} h",
            one.key,
            one.value,
            _escaped(one.purpose),
        )
        for name, one in catalogue.topics.items()
    ]
    sizes = [
        (f"`{name}`", str(one.partitions), str(one.replication_factor), str(one.min_insync_replicas))
        for name, one in catalogue.profiles.items()
    ]
    defaults = [
        (f"`{name}`", said.encoding, said.format or "recognised", said.source)
        for name, one in catalogue.raw().items()
        if (said := one.headerless)
    ]
    return _page(
        "Topics",
        intro,
        _table(("topic", "partitions", "kept", "key", "value", "purpose"), rows),
        "## Profiles",
        _table(("profile", "partitions", "replication factor", "min in-sync replicas"), sizes),
        "## Records without our headers\n\nWhat such a record on a raw topic is taken for.",
        _table(("topic", "encoding", "parser", "source"), defaults),
    )


#: File in docs/reference -> what writes it.
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "fields.md": fields,
    "metrics.md": metrics,
    "parser-language.md": parser_language,
    "parsers.md": parsers,
    "topics.md": topic_list,
}


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", NOTE, *parts]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _escaped(text: str) -> str:
    """Give text that stays in its table cell."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("%%", "%")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].removesuffix(".") + "."


if __name__ == "__main__":
    for file, write in PAGES.items():
        (REFERENCE / file).write_text(write(), encoding="utf-8")
