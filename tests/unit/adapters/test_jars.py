"""The broker's jars: exactly the locked ones, or none."""

import hashlib
from pathlib import Path

import pytest

from seerflow.adapters import jars
from seerflow.adapters.jars import Jar, classpath, locked
from seerflow.errors import OutsideError

CONTENT = {"one": b"first jar", "two": b"second jar", "three": b"third jar"}
JARS = tuple(
    Jar(group="org.example", artifact=name, version="1.0", sha256=hashlib.sha256(content).hexdigest())
    for name, content in CONTENT.items()
)


class Registry:
    """A registry of three jars; `spoil` changes what it gives, `fail` makes it refuse so many times."""

    def __init__(self, spoil=(), fail=0):
        self.asked = []
        self.spoil = spoil
        self.fail = fail

    def __call__(self, jar, corner):
        self.asked.append(jar.artifact)
        if self.asked.count(jar.artifact) <= self.fail:
            raise ConnectionError("a paragraph of addresses")
        corner.mkdir()
        file = corner / jar.name
        file.write_bytes(CONTENT[jar.artifact] + (b"!" if jar.artifact in self.spoil else b""))
        return file


def test_the_lock_names_kafka_whole_and_no_address():
    found = locked()
    names = {(jar.group, jar.artifact, jar.version) for jar in found}
    assert ("org.apache.kafka", "kafka_2.13", "4.1.1") in names
    assert ("org.apache.kafka", "kafka-clients", "4.1.1") in names
    assert len(names) == len({jar.name for jar in found}) == len(found) >= 45
    assert all(len(jar.sha256) == 64 for jar in found)
    assert "://" not in jars.LOCK.read_text()


def test_jars_are_fetched_once_and_told_of(tmp_path):
    registry, told = Registry(), []
    found = classpath(JARS, into=tmp_path, fetch=registry, progress=lambda *step: told.append(step))
    assert [path.read_bytes() for path in found] == list(CONTENT.values())
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert classpath(JARS, into=tmp_path, fetch=registry) == found
    assert sorted(registry.asked) == ["one", "three", "two"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one-1.0.jar", "three-1.0.jar", "two-1.0.jar"]


def test_a_spoiled_jar_in_the_cache_is_fetched_again(tmp_path):
    classpath(JARS, into=tmp_path, fetch=Registry())
    (tmp_path / "two-1.0.jar").write_bytes(b"half")
    again = Registry()
    assert classpath(JARS, into=tmp_path, fetch=again)[1].read_bytes() == b"second jar"
    assert again.asked == ["two"]


def test_a_jar_that_is_not_the_locked_one_is_refused_and_not_kept(tmp_path):
    with pytest.raises(OutsideError, match=r"refused two-1\.0\.jar"):
        classpath(JARS, into=tmp_path, fetch=Registry(spoil=["two"]))
    assert not (tmp_path / "two-1.0.jar").exists()


def test_a_network_that_hesitates_is_asked_again(tmp_path):
    (found,) = classpath(JARS[:1], into=tmp_path, fetch=Registry(fail=jars.TRIES - 1))
    assert found.is_file()


def test_a_network_that_refuses_is_told_with_a_way_out(tmp_path):
    with pytest.raises(OutsideError, match="SEERFLOW_BOOTSTRAP") as refused:
        classpath(JARS[:1], into=tmp_path, fetch=Registry(fail=jars.TRIES))
    assert "org.example:one:1.0 (ConnectionError)" in str(refused.value)


def test_a_registry_that_has_it_not_is_told(tmp_path):
    def empty(_jar, _corner):
        raise RuntimeError("not found in https://registry.example.com")

    with pytest.raises(OutsideError, match="the registry does not give it") as refused:
        classpath(JARS[:1], into=tmp_path, fetch=empty)
    assert "registry.example.com" not in str(refused.value)


def test_a_disk_that_refuses_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutsideError, match="XDG_CACHE_HOME"):
        classpath(JARS, into=tmp_path / "file" / "jars", fetch=Registry())


def test_a_disk_that_fills_up_is_not_taken_for_the_network(tmp_path):
    def full(_jar, corner):
        raise OSError(28, "No space left on device", str(corner))

    with pytest.raises(OutsideError, match=r"No space left on device\); free some space"):
        classpath(JARS, into=tmp_path, fetch=full)


def test_the_cache_is_the_users(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/someone")
    assert jars.folder() == Path("/var/cache/someone/seerflow/jars")
