"""What the detector says of one event: findings about an entity, hits under the keys of correlations."""

import msgspec
import pytest

from seerflow.detectors.sigma.detector import SigmaDetector
from seerflow.model.event import Event
from seerflow.model.identity import finding_id
from seerflow.model.log import Origin
from seerflow.rules.load import load

A, B, C = (f"1111111{n}-1111-4111-8111-111111111111" for n in (1, 2, 3))


def rule(made, name, detection, extra=""):
    return f"title: {name}\nid: {made}\nname: {name}\nauthor: X\nlicense: MIT\nlevel: high\ntags: [attack.t1110]\nlogsource: {{product: linux}}\ndetection:\n  s: {detection}\n  condition: s\n{extra}"


def join(number, rules, group, extra="", more=""):
    return (
        f"title: J{number}\nid: 2222222{number}-1111-4111-8111-111111111111\ncorrelation:\n  type: event_count\n"
        f"  rules: [{rules}]\n  group-by: [{group}]\n  timespan: 1m\n  condition: {{gte: 2{more}}}\n{extra}"
    )


def detector(*texts):
    ruleset = load({f"{n}.yml": text.encode() for n, text in enumerate(texts)})
    assert ruleset.problems == ()
    return SigmaDetector(ruleset)


def event(native=None, text="the log", **common):
    common = {"event.dataset": "linux.sshd"} | {
        name.replace("_", "."): value for name, value in common.items()
    }
    return Event(id="e1", origin=Origin("raw", 2, 77), time=5, received=6, parser="t/1", common=common, native=native or {"f": "x"}, text=text)  # fmt: skip


def test_a_finding_says_what_where_and_why():
    (finding,) = detector(rule(A, "a", "{f: x}")).on_event(event(host_name="web-1", text="y" * 900)).findings
    key = (("host.name", "web-1"),)
    assert finding.id == finding_id(A, key, "e1")
    assert (finding.rule, finding.title, finding.level, finding.story, finding.key) == (
        A,
        "a",
        "high",
        A,
        key,
    )
    assert (finding.first, finding.last, finding.count, finding.detector) == (5, 5, 1, "sigma")
    assert (finding.tags, finding.authors, finding.licence) == (("attack.t1110",), ("X",), "MIT")
    assert finding.ruleset.startswith("r-")
    (shown,) = finding.evidence
    assert (shown.event, shown.origin, shown.time) == ("e1", Origin("raw", 2, 77), 5)
    assert (dict(shown.values), len(shown.text)) == ({"f": "x"}, 500)


@pytest.mark.parametrize(
    ("common", "extra", "key"),
    [
        pytest.param({"host_name": "h", "user_name": "u"}, "", (("host.name", "h"),), id="host first"),
        pytest.param({"user_name": "u", "source_ip": "192.0.2.1"}, "", (("user.name", "u"),), id="then user"),
        pytest.param({"source_ip": "192.0.2.1"}, "", (("source.ip", "192.0.2.1"),), id="then address"),
        pytest.param({"cloud_account_id": "1"}, "", (("cloud.account.id", "1"),), id="then account"),
        pytest.param({}, "", (("event.dataset", "linux.sshd"),), id="at last the dataset"),
        pytest.param({"host_name": "h", "user_name": "u"}, "seerflow: {entity: [user.name, host.name]}\n", (("user.name", "u"), ("host.name", "h")), id="as the rule says"),
        pytest.param({"host_name": "h"}, "seerflow: {entity: [user.name, host.name]}\n", (("host.name", "h"),), id="what is there of it"),
        pytest.param({"host_name": "h"}, "seerflow: {entity: user.name}\n", (("host.name", "h"),), id="nothing of it is there"),
    ],
)  # fmt: skip
def test_whom_a_finding_is_about(common, extra, key):
    (finding,) = detector(rule(A, "a", "{f: x}", extra)).on_event(event(**common)).findings
    assert finding.key == key


def test_a_story_joins_rules():
    found = detector(rule(A, "a", "{f: x}", "seerflow: {story: s}\n"), rule(B, "b", "{f: x}", "seerflow: {story: s}\n")).on_event(event())  # fmt: skip
    assert [finding.story for finding in found.findings] == ["s", "s"]


def test_an_event_that_matches_nothing_gives_nothing():
    seen = detector(rule(A, "a", "{f: y}")).on_event(event())
    assert (seen.findings, seen.hits) == ((), ())


def test_a_base_rule_speaks_through_its_correlation_only():
    seen = detector(rule(A, "a", "{f: x}"), join(1, "a", "source.ip")).on_event(event(source_ip="192.0.2.1"))
    assert seen.findings == ()
    ((listener, hit),) = seen.hits
    assert (listener, hit.rules, hit.key, hit.time) == ("correlation", (A,), (("source.ip", "192.0.2.1"),), 5)
    assert dict(hit.evidence.values) == {"source.ip": "192.0.2.1", "f": "x"}


def test_generate_true_lets_it_speak_too():
    one = join(1, "a", "source.ip").replace("  timespan", "  generate: true\n  timespan")
    seen = detector(rule(A, "a", "{f: x}"), one).on_event(event(source_ip="192.0.2.1"))
    assert (len(seen.findings), len(seen.hits)) == (1, 1)


def test_one_hit_for_a_key_however_many_rules_and_correlations():
    made = detector(
        rule(A, "a", "{f: x}"),
        rule(B, "b", "{g: y}"),
        join(1, "a, b", "source.ip"),
        join(2, "b", "source.ip")
        .replace("event_count", "value_count")
        .replace("gte: 2", "gte: 2, field: user.name"),
        join(3, "a", "user.name, host.name"),
    )
    hits = [
        hit
        for _, hit in made.on_event(
            event({"f": "x", "g": "y"}, source_ip="192.0.2.1", user_name="u", host_name="h")
        ).hits
    ]
    assert [(hit.rules, hit.key, dict(hit.fields)) for hit in hits] == [
        ((A, B), (("source.ip", "192.0.2.1"),), {"user.name": "u"}),
        ((A,), (("user.name", "u"), ("host.name", "h")), {}),
    ]  # fmt: skip


def test_no_hit_without_all_group_fields():
    made = detector(rule(A, "a", "{f: x}"), join(1, "a", "source.ip, user.name"))
    assert made.on_event(event(source_ip="192.0.2.1")).hits == ()
    assert made.on_event(event(source_ip="192.0.2.1", user_name="")).hits == ()


def test_no_group_is_one_key_for_all():
    ((_, hit),) = detector(rule(A, "a", "{f: x}"), join(1, "a", "")).on_event(event()).hits
    assert hit.key == ()


def test_aliases_join_rules_with_other_fields():
    extra = "  aliases:\n    ip:\n      a: src\n      b: client\n"
    made = detector(rule(A, "a", "{f: x}"), rule(B, "b", "{g: y}"), join(1, "a, b", "ip", extra))
    keys = [
        made.on_event(event(native)).hits[0][1].key
        for native in ({"f": "x", "src": "192.0.2.1"}, {"g": "y", "client": "192.0.2.1"})
    ]
    assert keys == [(("ip", "192.0.2.1"),)] * 2


def test_what_an_attacker_writes_is_cut():
    wide = "{" + ", ".join(f"f{n}|contains: x" for n in range(30)) + "}"
    native = {f"f{n}": "x" * 5_000 for n in range(30)}
    made = detector(rule(A, "a", wide, "seerflow: {entity: f1}\n"), rule(B, "b", wide), join(1, "b", "f0"))
    seen = made.on_event(event(native, text="x" * 5_000))
    (finding,), ((_, hit),) = seen.findings, seen.hits
    for shown in (*finding.evidence, hit.evidence):
        assert len(shown.values) == 12
        assert max(map(len, shown.values.values())) == 200
        assert len(shown.text) == 500
    assert len(finding.key[0][1]) == len(hit.key[0][1]) == 1_000
    assert len(msgspec.msgpack.encode(seen)) < 20_000


def test_the_same_event_gives_the_same():
    made = detector(rule(A, "a", "{f: x}"), rule(B, "b", "{f: x}"), join(1, "b", "f"))
    assert made.on_event(event()) == made.on_event(event())
