import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.adapters.documents import encode, event_document, event_from_any, event_from_document
from seerflow.errors import OperatorError
from seerflow.model.event import Event
from seerflow.model.fields import FIELDS
from seerflow.model.log import Origin

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBER = st.integers(-(2**63), 2**63 - 1)
VALUE = (
    st.none()
    | st.booleans()
    | NUMBER
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.lists(TEXT, max_size=3)
)
NAMES = [field.name for field in FIELDS if field.name not in ("@timestamp", "event.original")]
EVENTS = st.builds(
    Event,
    id=TEXT,
    origin=st.builds(Origin, TEXT, NUMBER, NUMBER, NUMBER),
    time=st.integers(-(10**15), 10**16),
    received=NUMBER,
    source=TEXT,
    parser=TEXT,
    common=st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=6),
    native=st.dictionaries(TEXT, VALUE, max_size=6),
    text=TEXT,
    flags=st.lists(TEXT, max_size=3).map(tuple),
)


@given(EVENTS)
def test_an_event_survives_its_document(event):
    import orjson

    assert event_from_document(orjson.loads(encode(event_document(event)))) == event


@pytest.mark.parametrize(
    "document",
    [
        {"Channel": "Security", "EventID": 1102, "Computer": "ws"},
        {"Event": {"System": {"Channel": "Security", "EventID": 1102, "Computer": "ws"}}},
    ],
)
def test_a_native_document_is_read_as_if_it_had_come_as_a_log(document):
    event = event_from_any(document, Origin("f", 0, 4), 5)
    assert (event.origin, event.time, event.common["event.action"]) == (Origin("f", 0, 4), 5, "log_cleared")
    assert event.native["EventID"] == 1102
    assert event_from_any(event_document(event), Origin("other", 1, 1), 9) == event


def test_a_broken_document_of_ours_is_the_operators_to_mend():
    with pytest.raises(OperatorError, match="without 'id'"):
        event_from_any({"seerflow": {"origin": ["f", 0, 0, 0]}}, Origin("f", 0, 0), 0)


def test_what_json_cannot_write_is_replaced():
    assert (
        encode({"a": "\ud800x", "b": 2**70, "c": [{"d": "\udfff"}]})
        == '{"a":"\ufffdx","b":"1180591620717411303424","c":[{"d":"\ufffd"}]}'.encode()
    )
