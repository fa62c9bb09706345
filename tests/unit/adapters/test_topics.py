"""topics.yaml and the differences to a cluster."""

import copy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from seerflow.adapters import topics
from seerflow.adapters.topics import Shape, differences, problems, shapes
from seerflow.config import Kafka
from seerflow.errors import ConfigError
from seerflow.problems import read

FILE = Path(__file__).resolve().parents[3] / "topics.yaml"
DOCUMENT = read(FILE.read_text())
EMBEDDED = shapes(topics.load(), topics.load().profiles["embedded"])

RAW = {"raw.syslog", "raw.files", "raw.otlp", "raw.ingest", "raw.lines"}
CHANGELOGS = {"correlate.cells", "profile.cells", "alert.cells", "dispatch.cells"}
FLOW = {"events", "rejected", "hits.correlate", "hits.profile", "findings", "alerts", "deliveries", "rules"}


def test_the_file_in_the_package_is_the_one_at_the_top():
    assert topics.FILE.resolve() == FILE


def test_the_flow_has_all_its_topics():
    assert set(topics.load().topics) == RAW | CHANGELOGS | FLOW


def test_raw_topics_say_what_a_record_without_headers_is():
    raw = topics.load().raw()
    assert set(raw) == RAW
    assert {name: topic.headerless.encoding for name, topic in raw.items()} == {
        "raw.syslog": "lines",
        "raw.files": "lines",
        "raw.otlp": "otlp_json",
        "raw.ingest": "lines",
        "raw.lines": "lines",
    }


@pytest.mark.parametrize("profile", ["embedded", "production"])
def test_all_topics_of_the_keyspace_have_one_count(profile):
    catalogue = topics.load()
    counts = {one.name: one.partitions for one in shapes(catalogue, catalogue.profiles[profile])}
    assert counts.pop("rules") == 1
    assert set(counts.values()) == {catalogue.profiles[profile].partitions}


def test_changelogs_are_compacted_and_nothing_else():
    by_name = {one.name: one.config for one in EMBEDDED}
    for name in CHANGELOGS:
        assert by_name[name]["cleanup.policy"] == "compact"
        assert by_name[name]["segment.bytes"] == str(64 * 1024 * 1024)
        assert "retention.ms" not in by_name[name]


def test_a_foreign_clock_does_not_decide_how_long_raw_logs_are_kept():
    assert {one.name for one in EMBEDDED if one.config["message.timestamp.type"] == "LogAppendTime"} == RAW


@pytest.mark.parametrize(
    ("kafka", "expected"),
    [
        pytest.param(Kafka(), (4, 1, 1), id="embedded"),
        pytest.param(Kafka(profile="production"), (12, 3, 2), id="production"),
        pytest.param(Kafka(profile="production", partitions=24), (24, 3, 2), id="own count"),
        pytest.param(
            Kafka(profile="production", replication_factor=1),
            (12, 1, 1),
            id="one replica cannot be two in sync",
        ),
    ],
)
def test_profiles(kafka, expected):
    found = topics.profile(topics.load(), kafka)
    assert (found.partitions, found.replication_factor, found.min_insync_replicas) == expected


def changed(place, value):
    """The document with one value changed; DELETE takes the key away."""
    document = copy.deepcopy(DOCUMENT)
    *path, last = place
    inner = document
    for key in path:
        inner = inner[key]
    if value is DELETE:
        del inner[last]
    else:
        inner[last] = value
    return document


DELETE = object()


@pytest.mark.parametrize(
    ("document", "place", "words"),
    [
        pytest.param([], "$:", "expected a mapping", id="no mapping"),
        pytest.param({}, "$.profiles:", "missing", id="empty"),
        pytest.param(changed(["topics", "events", "retention_hour"], 1), "$.topics.events.retention_hour:", "did you mean 'retention_hours'", id="slip"),
        pytest.param(changed(["topics", "events", "purpose"], DELETE), "$.topics.events.purpose:", "missing; one sentence", id="no purpose"),
        pytest.param(changed(["topics", "events", "retention_hours"], DELETE), "$.topics.events:", "either retention_hours or compacted", id="neither"),
        pytest.param(changed(["topics", "alert.cells", "retention_hours"], 24), "$.topics.alert.cells:", "loses state", id="a changelog that deletes"),
        pytest.param(changed(["topics", "alert.cells", "key"], "-"), "$.topics.alert.cells.key:", "compaction", id="compacted without key"),
        pytest.param(changed(["topics", "raw.otlp", "headerless", "encoding"], "otlp"), "$.topics.raw.otlp.headerless.encoding:", "did you mean 'otlp_", id="encoding"),
        pytest.param(changed(["topics", "rules", "partitions"], 0), "$.topics.rules.partitions:", "expected", id="no partition"),
        pytest.param(changed(["topics", "events", "max_message_bytes"], 10), "$.topics.events.max_message_bytes:", ">= 1048576", id="too small"),
        pytest.param(changed(["topics", "events"], None), "$.topics.events:", "expected a mapping", id="empty topic"),
    ],
)  # fmt: skip
def test_problems(document, place, words):
    found = problems(document)
    assert any(one.startswith(place) and words in one for one in found), found


def test_all_problems_stand_in_one_error(tmp_path):
    file = tmp_path / "topics.yaml"
    file.write_text("profiles: {a: {partitions: 0}}\ntopics: {b: {value: x, compacted: true}}\n")
    with pytest.raises(ConfigError) as error:
        topics.load(file)
    assert [one.split(":")[1].strip() for one in error.value.problems] == [
        "$.profiles.a.partitions",
        "$.topics.b.purpose",
        "$.topics.b.key",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(None, "cannot be read", id="absent"),
        pytest.param("a: [", "not YAML", id="no YAML"),
        pytest.param("topics: {}\ntopics: {}\nprofiles: {}", "stands twice", id="twice"),
    ],
)
def test_an_unreadable_file(tmp_path, text, words):
    file = tmp_path / "topics.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=words):
        topics.load(file)


WANTED = Shape(name="t", partitions=4, replication_factor=1, config={"retention.ms": "5"})


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        pytest.param(None, [("missing", True)], id="missing"),
        pytest.param(WANTED, [], id="equal"),
        pytest.param(replace(WANTED, config={"retention.ms": "5", "x": "1"}), [], id="other settings are not ours"),
        pytest.param(replace(WANTED, config={"retention.ms": "6"}), [("retention.ms", True)], id="changed"),
        pytest.param(replace(WANTED, config={}), [("retention.ms", True)], id="unset"),
        pytest.param(replace(WANTED, partitions=2), [("partitions", False)], id="fewer"),
        pytest.param(replace(WANTED, partitions=8), [("partitions", False)], id="more"),
        pytest.param(replace(WANTED, replication_factor=3), [("replication_factor", False)], id="replicas"),
        pytest.param(
            Shape(name="t", partitions=1, replication_factor=2, config={}),
            [("partitions", False), ("replication_factor", False), ("retention.ms", True)],
            id="everything",
        ),
    ],
)  # fmt: skip
def test_differences(actual, expected):
    found = differences([WANTED], {} if actual is None else {"t": actual, "other": actual})
    assert [(one.what, one.fixable) for one in found] == expected


@given(st.sets(st.sampled_from([one.name for one in EMBEDDED])))
def test_what_is_missing_is_what_is_not_there(present):
    actual = {one.name: one for one in EMBEDDED if one.name in present}
    found = differences(EMBEDDED, actual)
    assert [one.topic for one in found] == [one.name for one in EMBEDDED if one.name not in present]
    assert all(one.what == "missing" and "apply" in str(one) for one in found)
