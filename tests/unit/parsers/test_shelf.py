"""The index asks nobody too few, few too many, and in the order of choice."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from seerflow.parsers import PARSERS
from seerflow.parsers.contract import Subject
from seerflow.parsers.described.loading import load
from seerflow.parsers.flatten import load as decoded
from seerflow.parsers.products import contents
from seerflow.parsers.shelf import shelve
from tests.unit.parsers.described import describing

PIECES = ["a", "b", "ab", "c:", "dd", "<x", "gate 7"]
TEXT_WHEN = st.fixed_dictionaries(
    {},
    optional={
        "starts": st.lists(st.sampled_from(PIECES), min_size=1, max_size=2),
        "contains": st.lists(st.sampled_from(PIECES), min_size=1, max_size=2),
        "any": st.lists(st.sampled_from(PIECES), min_size=1, max_size=3),
    },
).filter(bool)
PATHS = st.sampled_from(["a", "b", "a.x", "a.y", "b.x.y", "c"])
DOCUMENT_WHEN = st.fixed_dictionaries(
    {},
    optional={
        "keys": st.lists(PATHS, min_size=1, max_size=3),
        "values": st.dictionaries(PATHS, st.lists(st.sampled_from(["v", "w", 1, True]), min_size=1), min_size=1, max_size=2),
    },
).filter(bool)  # fmt: skip
VALUES = st.sampled_from(["v", "w", 1, True, None, "1"])
INNER = st.dictionaries(
    st.sampled_from(["x", "y"]), VALUES | st.dictionaries(st.just("y"), VALUES), max_size=2
)
DOCUMENTS = st.dictionaries(
    st.sampled_from(["a", "b", "c", "a.x", "b.x.y"]), VALUES | INNER | st.lists(INNER | VALUES, max_size=2), min_size=1, max_size=4
)  # fmt: skip


def parsers(ways, reads):
    files = {
        f"{number}.yaml": describing.text({"name": f"p{number}", "reads": reads, "when": way})
        for number, way in enumerate(ways)
    }
    made, wrong = load(files)
    assert not wrong
    return tuple(made.values())


@given(
    st.lists(st.lists(TEXT_WHEN, min_size=1, max_size=2), min_size=1, max_size=5),
    st.lists(st.sampled_from([*PIECES, " ", "é"]), max_size=6).map("".join),
)
def test_a_text_is_shown_to_all_that_know_it(ways, text):
    made = parsers(ways, "text")
    subject = Subject(text, 0)
    asked = shelve((), made).products.asked(subject)
    assert {one.name for one in made if one.first(subject)} <= {one.name for one in asked}
    assert len(set(asked)) == len(asked)


@given(st.lists(st.lists(DOCUMENT_WHEN, min_size=1, max_size=2), min_size=1, max_size=5), DOCUMENTS)
def test_a_document_is_shown_to_all_that_know_it(ways, document):
    made = parsers(ways, "document")
    subject = Subject("", 0, document=document)
    asked = shelve((), made).products.asked(subject)
    assert {one.name for one in made if one.first(subject)} <= {one.name for one in asked}
    assert len(set(asked)) == len(asked)


def test_who_asks_for_more_is_asked_first_and_else_the_name_decides():
    ways = [{"contains": ["a"]}, {"contains": ["a", "b"]}, {"contains": ["a"]}, {"starts": ["a"]}]
    asked = shelve((), parsers(ways, "text")).products.asked(Subject("ab", 0))
    assert [one.name for one in asked] == ["p3", "p1", "p0", "p2"]


def test_few_are_asked_about_the_logs_of_others():
    made, _ = load(contents())
    shelf = shelve(PARSERS, tuple(made.values()))
    for text in (
        "user bob logged in from 192.0.2.1",
        '{"user":"bob","src_ip":"192.0.2.1","msg":"x","level":"info"}',
    ):
        document = decoded(text) if text[:1] == "{" else None
        assert len(shelf.products.asked(Subject(text, 0, document=document))) <= 3


def test_a_users_parser_takes_the_place_of_ours(tmp_path):
    from seerflow.adapters.descriptions import shelf

    told = {"name": "haproxy", "dataset": "mine.haproxy", "otherwise": "keep", "messages": [{"text": "zz"}]}
    (tmp_path / "haproxy.yaml").write_bytes(describing.text({**told, "when": {"programs": ["haproxy"]}}))
    found = shelf([tmp_path])
    assert [one.description for one in found.named("haproxy")] == ["Acme"]
    assert yaml.safe_load(contents()["haproxy.yaml"])["name"] == "haproxy"
