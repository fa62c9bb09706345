"""Explanations: each part with the value that decided, and the same verdict as the engine's."""

from seerflow.detectors.sigma.engine import Engine
from seerflow.detectors.sigma.explain import explain
from seerflow.model.event import Event
from seerflow.model.log import Origin
from seerflow.rules.load import load

RULE = b"""\
title: Shell
id: 11111111-1111-4111-8111-111111111111
logsource: {product: linux, service: sshd}
detection:
  s:
    Image|endswith: [/sh, /bash, /zsh, /ksh]
    CommandLine|contains: curl
  known:
    User: deploy
  words: [urgent]
  condition: s and not known or words
"""


def explained(native, dataset="linux.sshd"):
    ruleset = load({"r.yml": RULE})
    event = Event(id="e", origin=Origin("t", 0, 0), time=0, received=0, parser="t/1", common={"event.dataset": dataset}, native=native)  # fmt: skip
    told = explain(ruleset.rules[0], event, engine := Engine(ruleset.rules))
    assert told.matches is bool(engine.matches(event))
    return told


def test_every_part_is_shown_with_its_value():
    told = explained({"Image": "/bin/sh", "CommandLine": "curl x", "User": "kim"})
    assert (told.matches, told.applies, told.title) == (True, True, "Shell")
    assert [(part.depth, part.text, part.holds, part.value) for part in told.parts] == [
        (0, "or", True, None),
        (1, "and", True, None),
        (2, "Image ends '/sh', '/bash', '/zsh' (of 4)", True, "/bin/sh"),
        (2, "CommandLine has 'curl'", True, "curl x"),
        (2, "not", True, None),
        (3, "User is 'deploy'", False, "kim"),
        (1, "any field has 'urgent'", False, None),
    ]


def test_a_missing_field_is_said():
    told = explained({"Image": "/bin/sh"})
    assert not told.matches
    assert [(part.field, part.value) for part in told.parts if part.field == "CommandLine"] == [
        ("CommandLine", None)
    ]


def test_a_rule_for_other_logs_does_not_match_although_its_condition_holds():
    told = explained({"Image": "/bin/sh", "CommandLine": "curl x"}, dataset="linux.cron")
    assert told.parts[0].holds
    assert (told.applies, told.matches) == (False, False)
