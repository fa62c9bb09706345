"""`seerflow rules`: what rules say, whether they are right, and why they did or did not match."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import orjson
from rich.console import Console
from rich.text import Text

from seerflow.adapters import rulefiles
from seerflow.cli.command import Command
from seerflow.cli.event_lines import events
from seerflow.cli.output import printable, show
from seerflow.detectors.sigma.engine import Engine
from seerflow.detectors.sigma.explain import Explanation, explain
from seerflow.errors import OperatorError
from seerflow.rules.ruleset import Ruleset


def _arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, (summary, arguments, _) in _ACTIONS.items():
        one = actions.add_parser(name, help=summary, description=summary)
        arguments(one)


def _folders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folders", metavar="DIR", nargs="*", type=Path, help="rules (default: the shipped ones)"
    )


def _test_arguments(parser: argparse.ArgumentParser) -> None:
    _folders(parser)
    parser.add_argument("--tests", metavar="DIR", type=Path, help="cases (default: tests/rules beside DIR)")


def _match_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rules", metavar="DIR", nargs="+", type=Path, action="extend", help="rules")
    parser.add_argument(
        "--events", metavar="FILE", required=True, help="events, one a line; - is standard input"
    )


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    _folders(parser)
    parser.add_argument("--rule", metavar="ID", required=True, help="the rule's id or name")
    parser.add_argument(
        "--events", metavar="FILE", required=True, help="events, one a line; - is standard input"
    )
    parser.add_argument("--line", metavar="N", type=int, help="only the event on that line, counted from 0")


def _loaded(folders: Iterable[Path] | None) -> Ruleset:
    chosen = list(folders or ())
    return rulefiles.ruleset(chosen or [rulefiles.SHIPPED])


def _check(arguments: argparse.Namespace) -> int:
    ruleset = _loaded(arguments.folders)
    problems = [*ruleset.problems, *Engine(ruleset.rules).problems]
    rows = [
        {
            "file": one.file,
            "line": one.line,
            "severity": "error" if one.fatal else "warning",
            "fact": one.fact,
            "help": one.help,
            "rule": one.rule,
        }
        for one in problems
    ]
    show(rows, ("file", "line", "severity", "fact", "help"))
    count = f"{len(ruleset.rules)} rules, {len(ruleset.correlations)} correlations, {len(problems)} problems"
    print(f"{ruleset.name}: {count}", file=sys.stderr)
    return 1 if any(one.fatal for one in problems) else 0


def _list(arguments: argparse.Namespace) -> int:
    ruleset = _loaded(arguments.folders)
    rows: list[dict[str, Any]] = [
        {
            "id": one.id,
            "kind": "rule",
            "level": one.level,
            "title": one.title,
            "logsource": {k: v for k, v in msgspec.structs.asdict(one.logsource).items() if v},
            "tags": list(one.tags),
            "authors": list(one.authors),
            "licence": one.licence,
            "file": one.file,
            "alerts": one.id not in ruleset.silenced,
        }
        for one in ruleset.rules
    ]
    rows += [
        {
            "id": one.id,
            "kind": one.type,
            "level": one.level,
            "title": one.title,
            "rules": list(one.rules),
            "tags": list(one.tags),
            "authors": list(one.authors),
            "licence": one.licence,
            "alerts": one.id not in ruleset.silenced,
        }
        for one in ruleset.correlations
    ]
    show(rows, ("id", "kind", "level", "title"))
    return 0


def _match(arguments: argparse.Namespace) -> int:
    engine = Engine(_loaded(arguments.rules).rules)
    out = sys.stdout.buffer
    failed = False
    for number, event in events(arguments.events):
        if event is None:
            failed = True
            continue
        for rule in engine.matches(event):
            out.write(orjson.dumps({"event": number, "rule": rule.id, "title": rule.title}) + b"\n")
    out.flush()
    return 1 if failed else 0


def _test(arguments: argparse.Namespace) -> int:
    from seerflow.cli import rule_cases  # noqa: PLC0415 - the parsers and detectors start slowly

    folders = arguments.folders or [rulefiles.SHIPPED]
    outcomes = [
        one
        for folder in folders
        for one in rule_cases.run(folder, arguments.tests or rule_cases.shipped(folder))
    ]
    rows = [msgspec.structs.asdict(one) for one in outcomes]
    show(rows, ("rule", "case", "passed", "fact"))
    failed = sum(not one.passed for one in outcomes)
    print(f"{len(outcomes)} cases, {failed} failed", file=sys.stderr)
    return 1 if failed else 0


def _explain(arguments: argparse.Namespace) -> int:
    ruleset = _loaded(arguments.folders)
    wanted = [one for one in ruleset.rules if arguments.rule in (one.id, one.name)]
    if not wanted:
        raise OperatorError(f"no rule '{arguments.rule}' is loaded: `seerflow rules list` shows all ids")
    engine = Engine(wanted)
    for number, event in events(arguments.events):
        if event is not None and arguments.line in (None, number):
            told = explain(wanted[0], event, engine)
            if sys.stdout.isatty():
                _tell(number, told)
            else:
                print(json.dumps({"line": number, **msgspec.to_builtins(told)}, ensure_ascii=False))
    return 0


def _nearmiss(arguments: argparse.Namespace) -> int:
    from seerflow.cli import rule_nearness  # noqa: PLC0415 - the detectors start slowly

    given = [event for _, event in events(arguments.events)]
    ruleset = _loaded(arguments.rules)
    rows = list(rule_nearness.rows(ruleset, (event for event in given if event is not None)))
    show(rows, ("title", "wanted", "groups", "fired", "nearest", "share"))
    return 1 if None in given else 0


def _tell(number: int, told: Explanation) -> None:
    console = Console(highlight=False)
    verdict = "matches" if told.matches else "does not match" if told.applies else "is not for such logs"
    console.print(Text(printable(f"line {number}: {told.title} {verdict}"), style="bold"))
    for part in told.parts:
        shown = f"  [{part.value}]" if part.value is not None else "  (no such field)" if part.field else ""
        mark = "✓" if part.holds else "✗"
        style = "green" if part.holds else "red"
        console.print(Text(printable(f"{'  ' * (part.depth + 1)}{mark} {part.text}{shown}"), style=style))


_ACTIONS: Mapping[
    str, tuple[str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]]
] = {
    "check": ("say what is wrong with rules, where, and what to do", _folders, _check),
    "test": ("run the fires and silent cases of rules", _test_arguments, _test),
    "list": ("show what is loaded", _folders, _list),
    "explain": ("show why a rule did or did not match an event", _explain_arguments, _explain),
    "nearmiss": ("show how close groups came to the thresholds of correlations", _match_arguments, _nearmiss),
    "match": ("show which rules match each of many events", _match_arguments, _match),
}


def _run(arguments: argparse.Namespace) -> int:
    return _ACTIONS[arguments.action][2](arguments)


COMMAND = Command(
    name="rules",
    summary="check, test, list, explain, match and judge rules",
    examples=(
        "seerflow rules check my-rules/",
        "seerflow rules test",
        "seerflow rules explain --rule linux_reverse_shell --events events.jsonl",
        "seerflow rules match --rules my-rules/ --events events.jsonl",
        "seerflow rules nearmiss --events events.jsonl",
    ),
    arguments=_arguments,
    run=_run,
)
