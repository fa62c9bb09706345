"""Every rule that comes with Seerflow fires where it should, and is silent where it should be."""

from pathlib import Path

import pytest

from seerflow.adapters import rulefiles
from seerflow.cli import rule_cases
from seerflow.detectors.sigma.detector import SigmaDetector

RULES = Path(__file__).resolve().parents[2] / "rules"
TESTS = Path(__file__).resolve().parent
OUTCOMES = [
    pytest.param(path, case, id=f"{path.relative_to(RULES).with_suffix('')}-{case.name}")
    for path in sorted(RULES.rglob("*.yml"))
    for case in rule_cases.cases(TESTS / path.relative_to(RULES))
]


@pytest.fixture(scope="module")
def detector():
    return SigmaDetector(rulefiles.ruleset([RULES]))


def test_the_shipped_rules_have_no_problems(detector):
    assert [str(problem) for problem in detector.ruleset.problems] == []
    assert detector.engine.problems == []


@pytest.mark.parametrize(("path", "case"), OUTCOMES)
def test_a_rule_does_what_its_cases_say(path, case, detector):
    outcome = rule_cases.judged(path, case, detector)
    assert outcome.passed, outcome.fact


def test_every_case_file_has_its_rule():
    lost = [path for path in TESTS.rglob("*.yml") if not (RULES / path.relative_to(TESTS)).is_file()]
    assert lost == []


def test_a_silenced_stage_gives_no_finding_of_its_own(detector):
    event = next(
        rule_cases.events(
            ["Mar 12 03:07:14 web-1 sshd[28410]: Failed password for root from 198.51.100.23 port 44821 ssh2"]
        )
    )
    seen = detector.on_event(event)
    assert seen.findings == ()
    assert [(listener, hit.key) for listener, hit in seen.hits] == [
        ("correlation", (("source.address", "198.51.100.23"),))
    ]
