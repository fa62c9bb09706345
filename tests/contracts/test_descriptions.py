"""What every description owes: its tests hold, its logs are its own, damage raises nothing, its laziness changes nothing."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.model.event import Event
from seerflow.model.fields import BY_NAME
from seerflow.model.log import Origin, RawLog
from seerflow.parsers import PARSERS, described, names, read, shelf
from seerflow.parsers.aliases import ALIASES
from seerflow.parsers.contract import Subject
from seerflow.parsers.described.loading import document, load, trusted
from seerflow.parsers.described.proving import RECEIVED, prove, text_of
from seerflow.parsers.flatten import load as decoded
from seerflow.parsers.products import contents
from seerflow.parsers.shape import address

FILES = contents()
DESCRIBED = described()
TOLD = {file: document(file, content)[0] for file, content in FILES.items()}
LINES = [(file, text_of(test)) for file, told in TOLD.items() for test in told.get("tests", ())]
#: Examples of each kind for each of hundreds of descriptions; what is common to them has tests of its own.
FEW = 10
HAS_TYPE = {
    "keyword": lambda v: isinstance(v, str),
    "date": lambda v: isinstance(v, str),
    "ip": lambda v: isinstance(v, str) and address(v) == v,
    "long": lambda v: isinstance(v, int) and not isinstance(v, bool) and -(2**63) <= v < 2**63,
    "float": lambda v: isinstance(v, float),
    "boolean": lambda v: isinstance(v, bool),
    "keywords": lambda v: isinstance(v, list) and all(isinstance(one, str) for one in v),
    "ips": lambda v: isinstance(v, list) and all(address(one) == one for one in v),
}


def is_right(name, value):
    field = BY_NAME.get(name)
    return field is not None and HAS_TYPE[field.type](value) and (not field.values or value in field.values)


def raw(text, name=""):
    return RawLog(
        origin=Origin("test", 0, 0, 0),
        raw=text.encode("utf-8", "surrogatepass"),
        received=RECEIVED,
        format=name,
    )


def check(text, name=""):
    results = read(raw(text, name))
    assert results
    for one in results:
        if isinstance(one, Event):
            assert not {name: value for name, value in one.common.items() if not is_right(name, value)}
            assert "event.dataset" in one.common
    return results


@pytest.mark.parametrize("file", FILES)
def test_a_description_is_right_and_its_tests_hold(file):
    made, problems = load({file: FILES[file]})
    assert [str(one) for one in problems] == []
    assert list(made) == [file]
    assert file == f"{made[file].name}.yaml"
    assert [f"{one.path}: {one.fact}" for one in prove(shelf(), TOLD[file])] == []


@pytest.mark.parametrize("file", FILES)
def test_reading_a_description_in_two_pieces_changes_nothing(file):
    lazy, whole = trusted(FILES[file]), load({file: FILES[file]})[0][file]
    assert (lazy.name, lazy.version, lazy.reads, lazy.signs) == (
        whole.name,
        whole.version,
        whole.reads,
        whole.signs,
    )
    for text in [text_of(test) for test in TOLD[file]["tests"]]:
        subject = Subject(text, RECEIVED, document=decoded(text) if text[:1] == "{" else None)
        assert lazy.first(subject) == whole.first(subject)
        assert str(lazy.parse(subject)) == str(whole.parse(subject))


@pytest.mark.parametrize("file", FILES)
@settings(max_examples=FEW)
@given(data=st.data())
def test_damaged_logs_give_a_result(file, data):
    lines = [text for name, text in LINES if name == file]
    text = data.draw(st.sampled_from(lines))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.text(max_size=5)) + text[at + data.draw(st.integers(0, 8)) :]
    check(text)
    check(text, TOLD[file]["name"])


@pytest.mark.parametrize("parser", DESCRIBED, ids=lambda one: one.name)
@settings(max_examples=FEW)
@given(text=st.text(max_size=200))
def test_any_text_passes_the_first_test_and_the_parser(parser, text):
    found = decoded(text)
    subject = Subject(text, RECEIVED, document=found if isinstance(found, dict) else None)
    assert parser.first(subject) in (True, False)
    parser.parse(subject)


DOCUMENTS = [
    (file, test["log"])
    for file, told in TOLD.items()
    for test in told.get("tests", ())
    if isinstance(test["log"], dict)
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=9)
)
TREES = st.recursive(
    SCALARS,
    lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text("ab.", max_size=2), t, max_size=3),
    max_leaves=8,
)


def changed(draw, document):
    """Give the document with something else in one place."""
    key = draw(st.sampled_from(sorted(document)))
    inner = document[key]
    deeper = isinstance(inner, dict) and inner and draw(st.booleans())
    return {**document, key: changed(draw, inner) if deeper else draw(TREES)}


@pytest.mark.parametrize("file", sorted({file for file, _ in DOCUMENTS}))
@settings(max_examples=FEW)
@given(data=st.data())
def test_documents_with_anything_in_them_give_a_result(file, data):
    document = data.draw(st.sampled_from([one for name, one in DOCUMENTS if name == file]))
    for _ in range(data.draw(st.integers(1, 3))):
        document = changed(data.draw, document)
    check(json.dumps(document))
    check(json.dumps(document), TOLD[file]["name"])


SHAPES = ("a=b ", "a,", '"', "1.2.3.4:5 [", "x: y; ", " ", "<")


@pytest.mark.parametrize("size", [1 << 17, pytest.param(1 << 20, marks=pytest.mark.long)])
@pytest.mark.parametrize("file", FILES)
def test_a_hostile_log_is_only_a_log(file, size):
    parser = next(one for one in DESCRIBED if f"{one.name}.yaml" == file)
    starts = [text[:200] for name, text in LINES if name == file] if parser.reads == "text" else [""]
    begun = time.process_time()
    for number, shape in enumerate(SHAPES):
        text = starts[number % len(starts)] + shape * (size // len(shape) - 64)
        subject = Subject(text, RECEIVED, document={"a": text} if parser.reads == "document" else None)
        parser.first(subject)
        parser.parse(subject)
    assert time.process_time() - begun < 10 * size / (1 << 20)


def test_every_name_is_one_parsers():
    assert len(set(names())) == len(names()) == len(PARSERS) + len(FILES)
    assert not set(ALIASES) & set(names())
