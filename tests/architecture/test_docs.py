"""The pages are true: reference pages are current, links and paths lead somewhere, commands parse."""

import argparse
import contextlib
import io
import os
import re
import runpy
import shlex
from pathlib import Path

import pytest

from seerflow.cli import COMMANDS, parser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = runpy.run_path(str(ROOT / "docs" / "generate.py"))["PAGES"]
EACH = pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])

FENCE = re.compile(r"^```[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
#: a/b, a/b.py, a/<name>.py, a/*.yml; also one file of Python or TOML by its name alone.
PATH = re.compile(r"[\w.*<>-]+(?:/[\w.*<>-]+)*/?")
ALONE = (".py", ".toml")
#: What ends one command of a shell's line.
ENDS = {"|", "||", "&&", ";", "&", "<", ">", ">>"}


def prose(text):
    return FENCE.sub("", text)


def broken_links(text, folder):
    """Give the relative links that lead nowhere."""
    targets = [link for link in LINK.findall(prose(text)) if not re.match(r"[a-z]+:|#", link)]
    return [link for link in targets if not (folder / link.partition("#")[0]).exists()]


def lost_paths(text, folder):
    """Give the paths in backticks that begin with a name of this tree and exist nowhere in it."""
    places = (ROOT, ROOT / "seerflow", folder)
    lost = []
    for path in CODE.findall(prose(text)):
        first, slash, _ = path.partition("/")
        known = any((place / first).exists() for place in places)
        if not PATH.fullmatch(path) or not (known if slash else path.endswith(ALONE)):
            continue
        pattern = re.sub(r"<[^>]*>", "*", path.rstrip("/"))
        if not any(any(place.glob(pattern)) for place in places):
            lost.append(path)
    return lost


def command_lines(text):
    """Give the arguments of each `seerflow …` in a fenced block: pipes end a command, NAME=value goes before it."""
    for block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if not re.search(r"\bseerflow\b", line):
                continue
            words = shlex.shlex(line, posix=True, punctuation_chars=True)
            words.whitespace_split = True
            command = []
            for word in [*words, ";"]:
                if word not in ENDS:
                    command.append(word)
                    continue
                while command and re.match(r"[A-Z_]+=", command[0]):
                    command.pop(0)
                if command and command[0].rpartition("/")[2] == "seerflow":
                    yield command[1:]
                command = []


def refused(arguments):
    """Say why the parser refuses these arguments; "" where it takes them."""
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
            assert isinstance(parser().parse_args(arguments), argparse.Namespace)
    except SystemExit as error:
        return told.getvalue() if error.code else ""
    return ""


@pytest.mark.parametrize("file", GENERATED)
def test_a_generated_page_is_current(file):
    written = (ROOT / "docs" / "reference" / file).read_text(encoding="utf-8")
    assert written == GENERATED[file](), "run: python docs/generate.py"


@EACH
def test_every_relative_link_leads_somewhere(page):
    assert broken_links(page.read_text(encoding="utf-8"), page.parent) == []


@EACH
def test_every_path_exists(page):
    assert lost_paths(page.read_text(encoding="utf-8"), page.parent) == []


@EACH
def test_every_command_parses(page):
    shown = list(command_lines(page.read_text(encoding="utf-8")))
    assert {shlex.join(one): why for one in shown if (why := refused(one))} == {}


@EACH
def test_a_command_in_a_sentence_has_a_name_that_exists(page):
    names = {command.name for command in COMMANDS} | {"…", "COMMAND"}
    told = re.findall(r"`seerflow ([^\s`]+)", prose(page.read_text(encoding="utf-8")))
    assert [name for name in told if name not in names] == []


def test_the_map_leads_to_every_page():
    folder = ROOT / "docs"
    linked = {
        Path(os.path.normpath(page.parent / link.partition("#")[0]))
        for page in (folder / "README.md", folder / "decisions" / "README.md")
        for link in LINK.findall(page.read_text(encoding="utf-8"))
    }
    assert sorted(set(folder.rglob("*.md")) - linked - {folder / "README.md"}) == []


# The checks themselves: what each of them notices.


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("[here](README.md#top) [there](https://example.com) [below](#flow)", [], id="whole"),
        pytest.param("[gone](gone.md)", ["gone.md"], id="broken"),
        pytest.param("```\n[gone](gone.md)\n```\n", [], id="in a block"),
    ],
)
def test_a_broken_link_is_noticed(text, found):
    assert broken_links(text, ROOT) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            "`seerflow/cli/` `model/fields.py` `parsers/<format>.py` `rules/sigma/*`", [], id="whole"
        ),
        pytest.param("`text/plain` `raw.*` `/var/log/auth.log` `a | b`", [], id="no paths of ours"),
        pytest.param("`seerflow/gone.py`", ["seerflow/gone.py"], id="gone"),
        pytest.param("`parsers/<format>.rs`", ["parsers/<format>.rs"], id="no such kind"),
        pytest.param("`gone.py`", ["gone.py"], id="a name alone"),
    ],
)
def test_a_lost_path_is_noticed(text, found):
    assert lost_paths(text, ROOT) == found


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        pytest.param("seerflow up", [["up"]], id="plain"),
        pytest.param("A=b seerflow topics apply", [["topics", "apply"]], id="environment"),
        pytest.param("echo x | seerflow parse - > out", [["parse", "-"]], id="pipe"),
        pytest.param("seerflow check && .venv/bin/seerflow up", [["check"], ["up"]], id="two"),
        pytest.param("seerflow replay \\\n  a.log", [["replay", "a.log"]], id="two lines"),
        pytest.param("seerflow up  # all of it", [["up"]], id="remark"),
        pytest.param("echo seerflow up", [], id="another's argument"),
    ],
)
def test_commands_are_found(line, arguments):
    assert list(command_lines(f"```sh\n{line}\n```\n")) == arguments


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["up", "--fast"], ["topics", "drop"], ["rules", "explain", "--rule", "x"], ["worker"]],
    ids=" ".join,
)
def test_a_wrong_command_is_refused(arguments):
    assert "usage: seerflow" in refused(arguments)
