"""Files from outside: MaxMind DB, lists of indicators, lists of assets."""

import pytest

from seerflow.adapters.feeds import read_asset_list, read_indicators, stamp
from seerflow.adapters.geoip import open_lookup
from seerflow.enrichers.chain import enrich
from seerflow.enrichers.geoip import GeoIp
from seerflow.errors import OperatorError
from seerflow.model.event import Event
from seerflow.model.log import Origin
from tests.unit.adapters.mmdb import written


@pytest.fixture
def country_file(tmp_path):
    path = tmp_path / "country.mmdb"
    path.write_bytes(
        written(
            {
                "198.51.100.0/24": {"country": {"iso_code": "FR"}},
                "203.0.113.0/25": {"country": {"iso_code": "SE"}},
            }
        )
    )
    return path


@pytest.mark.parametrize(
    ("address", "country"),
    [
        pytest.param("198.51.100.7", "FR", id="in a network"),
        pytest.param("203.0.113.7", "SE", id="in half of one"),
        pytest.param("203.0.113.200", None, id="in the other half"),
        pytest.param("2001:db8::1", None, id="IPv6 in a file of IPv4"),
        pytest.param("web-1", None, id="no address"),
    ],
)
def test_a_country_file_through_the_enricher(country_file, address, country):
    chain = (GeoIp(open_lookup(country_file)),)
    one = Event(
        id="0" * 32,
        origin=Origin("raw.test", 0, 0),
        time=0,
        received=0,
        parser="test/1",
        common={"source.ip": address},
    )
    assert enrich(one, chain).common.get("source.geo.country_iso_code") == country


@pytest.mark.parametrize("content", [b"", b"not a database", b"\xab\xcd\xefMaxMind.com"])
def test_a_file_that_is_none_is_an_operators_error(tmp_path, content):
    path = tmp_path / "x.mmdb"
    path.write_bytes(content)
    with pytest.raises(OperatorError, match=r"x\.mmdb: not a MaxMind DB file; use a \.mmdb such as"):
        open_lookup(path)


def test_a_file_that_is_absent_is_an_operators_error(tmp_path):
    with pytest.raises(OperatorError, match=r"x\.mmdb: cannot be read \(No such file"):
        open_lookup(tmp_path / "x.mmdb")


def test_a_file_shortened_under_the_reader_does_no_harm(country_file):
    lookup = open_lookup(country_file)
    country_file.write_bytes(b"")
    assert lookup("198.51.100.7") == {"country": {"iso_code": "FR"}}


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_a_damaged_file_never_breaks_an_event(country_file, place):
    content = bytearray(country_file.read_bytes())
    content[place % len(content)] ^= 0xFF
    country_file.write_bytes(content)
    try:
        lookup = open_lookup(country_file)
    except OperatorError:
        return
    found = GeoIp(lookup).known({"source.ip": "198.51.100.7"})
    assert set(found) <= {"source.geo.country_iso_code"}


def test_lists_from_files(tmp_path):
    one, two, gone = (tmp_path / name for name in ("one.csv", "two.csv", "gone.csv"))
    one.write_bytes(b"value\n198.51.100.7\n")
    two.write_bytes(b"type,value\nip,oops\ndomain,evil.example.com\n")
    indicators, problems = read_indicators([one, two, gone])
    assert indicators.count == 2
    assert problems[0].startswith("two.csv:2: 'oops' is no address")
    assert (
        problems[1]
        == f"{gone}: cannot be read (No such file or directory); check the path and its permissions"
    )


def test_assets_from_a_file(tmp_path):
    path = tmp_path / "assets.csv"
    path.write_bytes(b"kind,name,roles\nuser,root,administrator\n")
    assets, problems = read_asset_list(path)
    assert (assets.users["root"], problems) == ({"user.roles": ["administrator"]}, ())
    assert read_asset_list(tmp_path / "none")[1] != ()


def test_a_changed_file_is_noticed(tmp_path):
    path = tmp_path / "one.csv"
    before = stamp([path])
    path.write_bytes(b"value\n")
    written_once = stamp([path])
    path.write_bytes(b"value\n198.51.100.7\n")
    assert len({before, written_once, stamp([path])}) == 3
