"""topics.yaml against a real cluster: created, changed, never repartitioned."""

import secrets

import pytest
from msgspec.structs import replace

from seerflow.adapters import topics as catalogue
from seerflow.adapters.topics import Shape, differences, shapes
from seerflow.errors import OutsideError


@pytest.fixture
def wanted(cluster):
    """All the topics of topics.yaml under names of this test."""
    loaded = catalogue.load()
    mark = secrets.token_hex(4)
    found = [replace(one, name=f"{mark}.{one.name}") for one in shapes(loaded, loaded.profiles["embedded"])]
    yield found
    cluster.delete(set(cluster.shapes()) & {one.name for one in found})


def test_every_topic_of_the_file_is_created_as_it_says(cluster, wanted):
    done = cluster.apply(wanted)
    assert [(one.topic, one.what) for one in done] == [(one.name, "missing") for one in wanted]
    assert differences(wanted, cluster.shapes()) == ()


def test_a_second_apply_has_nothing_to_do(cluster, wanted):
    cluster.apply(wanted)
    assert cluster.apply(wanted) == ()


def test_a_setting_that_somebody_changed_is_set_again_and_no_other_topic_is_touched(cluster, wanted):
    cluster.apply(wanted)
    changed = replace(wanted[0], config={**wanted[0].config, "retention.ms": "60000"})
    cluster.apply([changed])
    left = differences(wanted, cluster.shapes())
    assert [(one.topic, one.what, one.actual) for one in left] == [(wanted[0].name, "retention.ms", "60000")]
    assert cluster.apply(wanted) == left
    assert differences(wanted, cluster.shapes()) == ()


def test_partitions_are_never_changed(cluster, topics):
    name = topics("keyed", partitions=2)
    wanted = [Shape(name=name, partitions=4, replication_factor=1, config={})]
    assert cluster.apply(wanted) == ()
    (left,) = differences(wanted, cluster.shapes())
    assert (left.what, left.actual, left.wanted, left.fixable) == ("partitions", "2", "4", False)
    assert "fixed for life" in str(left)


def test_what_kafka_refuses_names_each_topic_and_the_reason(cluster):
    impossible = [
        Shape(name="two words", partitions=1, replication_factor=1, config={}),
        Shape(name="too.safe", partitions=1, replication_factor=3, config={}),
    ]
    with pytest.raises(OutsideError) as refused:
        cluster.apply(impossible)
    assert "create topic two words" in str(refused.value)
    assert "create topic too.safe" in str(refused.value)
