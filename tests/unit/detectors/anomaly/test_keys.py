import pytest

from seerflow.detectors.anomaly.keys import ProfileKeys, measured, network
from seerflow.model.identity import DAY
from tests.unit.detectors.anomaly.people import at, event, log, sign_in

KEYS = ProfileKeys(streams=False)
NOON = at(0, 12)


def users(one):
    return [hit.key for _, hit in KEYS.on_event(one).hits]


@pytest.mark.parametrize(
    ("one", "keys"),
    [
        pytest.param(sign_in(1, NOON), [(("user.name", "alice"),)], id="a sign-in, in lower case"),
        pytest.param(sign_in(1, NOON, **{"event.outcome": "failure"}), [], id="a failure teaches nothing"),
        pytest.param(sign_in(1, NOON, **{"event.category": "web"}), [], id="a page view tells of no person"),
        pytest.param(
            sign_in(1, NOON, **{"event.category": ["process", "session"]}),
            [(("user.name", "alice"),)],
            id="one category of several",
        ),
        pytest.param(
            sign_in(1, NOON, **{"event.category": "database", "cloud.provider": "aws"}),
            [(("user.name", "alice"),)],
            id="a cloud's API call",
        ),
        pytest.param(sign_in(1, NOON, user="WEB-1$"), [], id="a machine's account"),
        pytest.param(sign_in(1, NOON, user="SYSTEM"), [], id="the system itself"),
        pytest.param(sign_in(1, NOON, user="DWM-3"), [], id="a window manager"),
        pytest.param(sign_in(1, NOON, user=["a"]), [], id="a name that is none"),
    ],
)
def test_whose_profile_sees_an_event(one, keys):
    assert users(one) == keys


def test_a_clock_that_runs_ahead_is_not_believed():
    one = sign_in(1, NOON)
    early = event(1, NOON + 2 * DAY, one.common)
    assert users(early)
    from msgspec.structs import replace

    assert users(replace(early, received=NOON)) == []


def test_long_names_are_cut():
    (hit,) = [hit for _, hit in KEYS.on_event(sign_in(1, NOON, user="a" * 10**6, host="h" * 10**6)).hits]
    assert len(hit.key[0][1]) == 256
    assert len(hit.fields["host.name"]) == 256
    assert len(hit.evidence.text) <= 500


@pytest.mark.parametrize(
    ("common", "key"),
    [
        pytest.param(
            {"event.dataset": "d", "host.name": "WEB-1"},
            (("event.dataset", "d"), ("host.name", "web-1")),
            id="host",
        ),
        pytest.param({"event.dataset": "d"}, (("event.dataset", "d"),), id="no host"),
    ],
)
def test_the_key_of_a_stream(common, key):
    ((name, hit),) = ProfileKeys().on_event(event(1, NOON, common)).hits
    assert (name, hit.rules, hit.key) == ("profile", ("dataset",), key)


def test_no_dataset_no_stream():
    assert ProfileKeys().on_event(event(1, NOON, {})).hits == ()


@pytest.mark.parametrize(
    ("text", "digits", "symbols"),
    [
        pytest.param("", "0.000", "0.000", id="nothing"),
        pytest.param("1234", "1.000", "0.000", id="digits"),
        pytest.param("a1-;", "0.250", "0.500", id="mixed"),
        pytest.param("é", "0.000", "0.000", id="letters of other alphabets are letters"),
    ],
)
def test_what_is_measured(text, digits, symbols):
    found = measured(event(1, NOON, {}, text))
    assert (found["digits"], found["symbols"], found["length"]) == (digits, symbols, str(len(text)))


def test_numbers_do_not_make_a_new_kind():
    one, other = (log(1, NOON, f"Connection closed by 192.0.2.{n} port {n}") for n in (1, 2))
    assert measured(one)["kind"] == measured(other)["kind"]
    assert measured(one)["kind"] != measured(log(1, NOON, "Server listening on port 22"))["kind"]


@pytest.mark.parametrize(
    ("address", "part"),
    [("198.51.100.7", "198.51"), ("2001:db8:1:2::3", "2001:db8:1"), ("::1", "::1"), ("web-1", "web-1")],
)
def test_the_network_of_an_address(address, part):
    assert network(address) == part
