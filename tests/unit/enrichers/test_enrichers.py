import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.enrichers import ENRICHERS
from seerflow.enrichers.assets import AssetFacts, Assets, read_assets
from seerflow.enrichers.chain import enrich
from seerflow.enrichers.geoip import GeoIp
from seerflow.enrichers.network import Network, scope
from seerflow.model.event import Event
from seerflow.model.fields import BY_NAME
from seerflow.model.log import Origin

ASSETS, PROBLEMS = read_assets(
    "assets.csv",
    b"kind,name,criticality,owner,roles\n"
    b"user,root,critical,platform,administrator|break glass\n"
    b"host,DB-1,high,data,\n",
)
COUNTRIES = {
    "198.51.100.7": {"country": {"iso_code": "fr"}},
    "203.0.113.9": {"registered_country": {"iso_code": "DE"}},
    "192.0.2.1": {"country": {"iso_code": "too long"}},
    "192.0.2.2": "no record",
}
OPERATORS = {
    "198.51.100.7": {"autonomous_system_number": 64496, "autonomous_system_organization": "Example Net"}
}


def looked_up(table):
    def lookup(address):
        if not address[:1].isdigit():
            raise ValueError(address)
        return table.get(address)

    return lookup


CHAIN = (Network(), GeoIp(looked_up(COUNTRIES), looked_up(OPERATORS)), AssetFacts(ASSETS))


def event(common):
    return Event(
        id="1" * 32, origin=Origin("raw.test", 0, 0), time=0, received=0, parser="test/1", common=common
    )


def added(common, chain=CHAIN):
    after = enrich(event(common), chain).common
    return {name: value for name, value in after.items() if name not in common}


@pytest.mark.parametrize(
    ("address", "is_"),
    [
        ("198.51.100.7", "reserved"),
        ("8.8.8.8", "public"),
        ("10.1.2.3", "private"),
        ("172.31.255.255", "private"),
        ("172.32.0.0", "public"),
        ("100.64.0.1", "private"),
        ("127.0.0.53", "loopback"),
        ("169.254.1.1", "link_local"),
        ("224.0.0.251", "multicast"),
        ("0.0.0.0", "unspecified"),  # noqa: S104 - an address to classify, nothing listens
        ("::1", "loopback"),
        ("fe80::1", "link_local"),
        ("fd00::1", "private"),
        ("2001:db8::1", "reserved"),
        ("2606:4700::1", "public"),
        ("::ffff:10.0.0.1", "private"),
        ("web-1", ""),
        ("", ""),
    ],
)
def test_the_scope_of_an_address(address, is_):
    assert scope(address) == is_


@pytest.mark.parametrize(
    ("source", "destination", "direction"),
    [
        ("10.0.0.1", "10.0.0.2", "internal"),
        ("8.8.8.8", "10.0.0.2", "inbound"),
        ("10.0.0.1", "8.8.8.8", "outbound"),
        ("8.8.8.8", "203.0.113.9", "external"),
    ],
)
def test_the_direction_of_a_connection(source, destination, direction):
    assert added({"source.ip": source, "destination.ip": destination})["network.direction"] == direction


def test_country_and_operator():
    assert added({"source.ip": "198.51.100.7"}) == {
        "source.scope": "reserved",
        "source.geo.country_iso_code": "FR",
        "source.as.number": 64496,
        "source.as.organization.name": "Example Net",
    }


@pytest.mark.parametrize(
    ("address", "country"),
    [
        pytest.param("203.0.113.9", "DE", id="only where it is registered"),
        pytest.param("192.0.2.1", None, id="a code that is none"),
        pytest.param("192.0.2.2", None, id="a record that is none"),
        pytest.param("x", None, id="an address that is none"),
        pytest.param(5, None, id="a value that is no text"),
    ],
)
def test_what_a_file_says_is_not_trusted(address, country):
    assert added({"source.ip": address}).get("source.geo.country_iso_code") == country


def test_private_addresses_are_not_looked_up():
    asked = []
    chain = (Network(), GeoIp(asked.append))
    enrich(event({"source.ip": "10.0.0.1", "destination.ip": "8.8.8.8"}), chain)
    assert asked == ["8.8.8.8"]


@pytest.mark.parametrize(
    ("common", "says"),
    [
        pytest.param(
            {"user.name": "ROOT"},
            {
                "user.criticality": "critical",
                "user.owner": "platform",
                "user.roles": ["administrator", "break glass"],
            },
            id="an account",
        ),
        pytest.param(
            {"host.name": "db-1.example.com"},
            {"host.criticality": "high", "host.owner": "data"},
            id="a host, by its first label",
        ),
        pytest.param({"user.name": "db-1"}, {}, id="a host is no account"),
    ],
)
def test_assets(common, says):
    assert PROBLEMS == ()
    assert added(common) == says


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(
            b"name\nroot\n", "a:1: no column kind; begin with the line kind,name", id="no kind column"
        ),
        pytest.param(b"kind,name\ncar,x\n", "a:2: no kind 'car'; kinds are host, user", id="no such kind"),
        pytest.param(b"kind,name\nuser,\n", "a:2: no name;", id="no name"),
        pytest.param(
            b"kind,name,criticality\nuser,x,huge\n",
            "a:2: no criticality 'huge'; they are low",
            id="no such word",
        ),
        pytest.param(b"", "a:1: no column kind or name", id="nothing"),
    ],
)
def test_problems_of_the_list(content, problem):
    _, (one,) = read_assets("a", content)
    assert one.startswith(problem)


def test_what_is_known_is_not_overwritten():
    common = {
        "source.ip": "198.51.100.7",
        "source.geo.country_iso_code": "SE",
        "user.name": "root",
        "user.owner": "me",
    }
    after = enrich(event(common), CHAIN).common
    assert (after["source.geo.country_iso_code"], after["user.owner"]) == ("SE", "me")


def test_an_event_of_which_nothing_is_known_stays_the_same_object():
    one = event({"message": "hello"})
    assert enrich(one, CHAIN) is one
    assert enrich(event({}), (AssetFacts(Assets()), GeoIp())).common == {}


VALUES = st.one_of(
    st.none(), st.integers(), st.text(max_size=20), st.ip_addresses().map(str), st.lists(st.text(max_size=5))
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["source.ip", "destination.ip", "user.name", "host.name", "source.scope"]), VALUES
    )
)
def test_no_event_makes_it_fail_and_only_known_fields_are_added(common):
    before = dict(common)
    names = set(added(common))
    assert common == before
    assert names <= set(BY_NAME)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_reading_fail(content):
    read_assets("a", content)


def test_the_list_of_enrichers_is_whole():
    assert [one.name for one in ENRICHERS] == ["network", "geoip", "assets"]
