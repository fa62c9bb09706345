"""`seerflow rules`, as it is typed."""

import json

import pytest

from seerflow.cli import main

RULE = """\
title: Shell
id: 11111111-1111-4111-8111-111111111111
name: shell
logsource: {product: windows, category: process_creation}
detection:
  s:
    Image|endswith: \\cmd.exe
  condition: s
"""
FLAT = {
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "EventID": 1,
    "Image": "C:\\cmd.exe",
    "Computer": "pc",
}
EVTX = {
    "Event": {
        "System": {"Channel": FLAT["Channel"], "EventID": 1, "Computer": "pc"},
        "EventData": {"Image": FLAT["Image"]},
    }
}


@pytest.fixture
def place(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "shell.yml").write_text(RULE)
    return tmp_path


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def match(place, *events):
    (place / "events.jsonl").write_text(
        "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in events)
    )
    return main(["rules", "match", "--rules", str(place / "rules"), "--events", str(place / "events.jsonl")])


def test_match_takes_every_form_and_counts_lines_from_0(place, capsys):
    assert match(place, FLAT, "", EVTX, FLAT | {"Image": "C:\\other.exe"}, FLAT) == 0
    found = {"rule": "11111111-1111-4111-8111-111111111111", "title": "Shell"}
    assert lines(capsys.readouterr().out) == [{"event": number, **found} for number in (0, 2, 4)]


def test_match_goes_on_after_a_bad_line_and_says_so(place, capsys):
    assert match(place, "{no json", FLAT, "[1]") == 1
    said = capsys.readouterr()
    assert [one["event"] for one in lines(said.out)] == [1]
    assert "line 0" in said.err
    assert "line 2" in said.err


def test_match_of_an_event_as_parse_gives_it(place, capsys):
    (place / "raw.log").write_text(json.dumps(EVTX) + "\n")
    assert main(["parse", str(place / "raw.log")]) == 0
    event = capsys.readouterr().out.strip()
    assert match(place, event) == 0
    assert [one["title"] for one in lines(capsys.readouterr().out)] == ["Shell"]


def test_check_says_what_is_wrong(place, capsys):
    assert main(["rules", "check", str(place / "rules")]) == 0
    (place / "rules" / "bad.yml").write_text(RULE.replace("condition: s", "condition: t"))
    assert main(["rules", "check", str(place / "rules")]) == 1
    (problem,) = lines(capsys.readouterr().out)
    assert problem["severity"] == "error"
    assert problem["file"].endswith("bad.yml")


def test_the_shipped_rules_are_the_default(capsys):
    assert main(["rules", "check"]) == 0
    assert main(["rules", "list"]) == 0
    listed = lines(capsys.readouterr().out)
    assert {"Log4Shell lookup in a web request", "SSH brute force"} <= {one["title"] for one in listed}


def test_list_shows_authors_licence_and_what_alerts(place, capsys):
    assert main(["rules", "list", str(place / "rules")]) == 0
    (one,) = lines(capsys.readouterr().out)
    assert (one["title"], one["kind"], one["alerts"], one["level"]) == ("Shell", "rule", True, "medium")
    assert {"authors", "licence"} <= one.keys()


def test_explain_by_name_and_line(place, capsys):
    match(place, FLAT, FLAT | {"Image": "C:\\x.exe"})
    capsys.readouterr()
    command = ["rules", "explain", str(place / "rules"), "--events", str(place / "events.jsonl"), "--rule"]
    assert main([*command, "shell", "--line", "1"]) == 0
    (told,) = lines(capsys.readouterr().out)
    assert (told["line"], told["matches"]) == (1, False)
    assert told["parts"] == [
        {
            "depth": 0,
            "text": "Image ends '\\\\cmd.exe'",
            "holds": False,
            "field": "Image",
            "value": "C:\\x.exe",
        }
    ]
    assert main([*command, "nobody"]) == 2
    assert "no rule 'nobody'" in capsys.readouterr().err


def test_test_wants_both_kinds_of_cases(place, capsys):
    tests = place / "tests" / "rules"
    tests.mkdir(parents=True)
    fires, silent = json.dumps(json.dumps(EVTX)), json.dumps(json.dumps(EVTX).replace("cmd", "other"))
    (tests / "shell.yml").write_text(f"fires:\n  - logs: [{fires}]\nsilent:\n  - logs: [{silent}]\n")
    assert main(["rules", "test", str(place / "rules")]) == 0
    assert [one["passed"] for one in lines(capsys.readouterr().out)] == [True, True]
    (tests / "shell.yml").write_text(f"fires:\n  - logs: [{silent}]\n")
    assert main(["rules", "test", str(place / "rules")]) == 1
    assert [one["fact"] for one in lines(capsys.readouterr().out)] == [
        "fired 0 times",
        "has no `silent` case: a rule shows both when it fires and when it does not",
    ]
    (tests / "shell.yml").write_text("fires: [{log: x}]\n")
    assert main(["rules", "test", str(place / "rules")]) == 2


@pytest.mark.parametrize("arguments", [["check", "nowhere"], ["match", "--rules", "nowhere", "--events", "x"], ["match", "--events", "nowhere"]])  # fmt: skip
def test_what_is_not_there_is_wrong_use(arguments, capsys):
    assert main(["rules", *arguments]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_nearmiss_says_how_close_groups_came(place, capsys):
    (place / "rules" / "many.yml").write_text("""\
title: Many shells
id: 22222222-2222-4222-8222-222222222222
correlation: {type: event_count, rules: [shell], group-by: [host.name], timespan: 1m, condition: {gte: 4}}
""")
    made = [FLAT | {"TimeCreated": f"2026-03-12T09:15:0{n}.000000Z"} for n in range(4)]
    shown = [*made, *(one | {"Computer": "pc-2"} for one in made[:3])]
    (place / "events.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in shown))
    assert (
        main(["rules", "nearmiss", "--rules", str(place / "rules"), "--events", str(place / "events.jsonl")])
        == 0
    )
    (told,) = lines(capsys.readouterr().out)
    assert (told["wanted"], told["groups"], told["fired"], told["nearest"]) == (4, 2, 1, 3)
    assert told["who"] == [{"key": {"host.name": "pc-2"}, "reached": 3}]
