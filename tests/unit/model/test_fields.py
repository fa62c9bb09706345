"""The dictionary: each field once, of a known type, and one source of the names that rules use."""

import re
from collections import Counter
from itertools import groupby

import pytest

from seerflow.model.fields import BY_NAME, FIELDS
from seerflow.parsers.shape import put
from seerflow.rules.aliases import ALIASES, NATIVE

TYPES = {"keyword", "ip", "long", "float", "boolean", "date", "keywords", "ips"}


def test_each_field_stands_once_with_a_type_and_a_meaning():
    assert [name for name, count in Counter(one.name for one in FIELDS).items() if count > 1] == []
    assert [one.name for one in FIELDS if one.type not in TYPES or not one.meaning] == []
    assert [one.name for one in FIELDS if not re.fullmatch(r"@?[a-z0-9_]+(\.[a-z0-9_]+)*", one.name)] == []


def test_a_group_stands_together():
    heads = [head for head, _ in groupby(one.name.partition(".")[0] for one in FIELDS)]
    assert [head for head, count in Counter(heads).items() if count > 1] == []


def test_no_field_is_inside_another():
    # In a nested document the outer one would have to be a value and an object at once.
    assert [one.name for one in FIELDS if one.name.rpartition(".")[0] in BY_NAME] == []


def test_only_keywords_are_held_to_values():
    held = {one.name: one.type for one in FIELDS if one.values}
    assert held == dict.fromkeys(["event.kind", "event.category", "event.type", "event.outcome"], "keyword")


def test_an_attribute_of_ocsf_has_one_field():
    paths = Counter(one.ocsf for one in FIELDS if one.ocsf)
    assert [path for path, count in paths.items() if count > 1] == []
    taken = set(paths)
    assert [path for path in taken for end in re.finditer(r"\.", path) if path[: end.start()] in taken] == []


def test_rules_reach_fields_by_the_dictionary_alone():
    assert [name for names in NATIVE.values() for name in names if name in BY_NAME] == []
    assert ALIASES["Image"] == ("NewProcessName", "exe", "process.executable", "process.name")
    assert ALIASES["SourceIp"][-2:] == ("source.ip", "source.address")
    for name, others in ALIASES.items():
        wanted = [one.name for one in FIELDS if name in one.sigma.split()]
        assert [other for other in others if other in BY_NAME] == wanted


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        pytest.param("event.category", "network", "network", id="allowed"),
        pytest.param("event.category", ["Network"], "network", id="allowed, in a list, in capitals"),
        pytest.param("event.category", "networking", None, id="not ECS"),
        pytest.param("event.outcome", "denied", None, id="a word of the source"),
        pytest.param("event.kind", 7, None, id="a number"),
        pytest.param("event.start", "2026-03-11T22:14:15.5Z", "2026-03-11T22:14:15.5Z", id="a date"),
        pytest.param("event.start", "2026-02-31T22:14:15Z", None, id="no day"),
        pytest.param("event.start", "2026-03-11 22:14:15", None, id="no zone"),
        pytest.param("event.start", 1773267255, None, id="no text"),
        pytest.param("dns.resolved_ip", ["192.0.2.1", "x", "2001:DB8::1"], ["192.0.2.1", "2001:db8::1"], id="ips"),
        pytest.param("dns.resolved_ip", "192.0.2.1", ["192.0.2.1"], id="one ip"),
        pytest.param("dns.resolved_ip", ["x"], None, id="no ips"),
    ],
)  # fmt: skip
def test_a_value_fits_or_is_left_out(name, value, kept):
    common = {}
    put(common, name, value)
    assert common.get(name) == kept
