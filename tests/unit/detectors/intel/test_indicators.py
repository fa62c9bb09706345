import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.detectors.intel.indicators import Indicators, address_number, merged, url_parts
from seerflow.detectors.intel.lists import read_csv

LIST = b"""type,value,source,description,expires
ip,198.51.100.7,one,a scanner,
cidr,203.0.113.0/24,one,,
ip,2001:db8::7,one,,
cidr,2001:db8:ffff::/48,one,,
domain,evil.example.com,one,,
domain,Example.NET,one,,
url,https://Files.Example.org/a/b?x=1,one,,
md5,D41D8CD98F00B204E9800998ECF8427E,one,,
sha256,e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855,one,,
"""
INDICATORS, PROBLEMS = read_csv("one.csv", LIST)


def values(matches):
    return [match.value for match in matches]


def test_the_list_is_read_whole():
    assert PROBLEMS == ()
    assert INDICATORS.count == 9


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("198.51.100.7", ["198.51.100.7"], id="itself"),
        pytest.param("198.51.100.8", [], id="its neighbour"),
        pytest.param("203.0.113.255", ["203.0.113.0/24"], id="within a network"),
        pytest.param("203.0.114.0", [], id="just outside"),
        pytest.param("::ffff:198.51.100.7", ["198.51.100.7"], id="IPv4 written as IPv6"),
        pytest.param("2001:db8:0:0::7", ["2001:db8::7"], id="IPv6 written at length"),
        pytest.param("2001:db8:ffff:1::1", ["2001:db8:ffff::/48"], id="within an IPv6 network"),
        pytest.param("2001:db8::7%eth0", ["2001:db8::7"], id="with a zone"),
        pytest.param("198.51.100.07", ["198.51.100.7"], id="a leading zero"),
        pytest.param("198.51.100", [], id="three parts"),
        pytest.param("198.51.100.٧", [], id="digits of another alphabet"),
        pytest.param("198.51.100.256", [], id="too large"),
        pytest.param("", [], id="nothing"),
        pytest.param(":" * 5000, [], id="colons"),
    ],
)
def test_addresses(text, found):
    assert values(INDICATORS.address(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("evil.example.com", ["evil.example.com"], id="itself"),
        pytest.param("a.b.evil.example.com", ["evil.example.com"], id="below it"),
        pytest.param("EVIL.Example.COM.", ["evil.example.com"], id="case and the root's dot"),
        pytest.param("example.com", [], id="above it"),
        pytest.param("notevil.example.com", [], id="only its letters"),
        pytest.param("example.net", ["example.net"], id="listed in capitals"),
        pytest.param("x." * 126 + "example.net", [], id="a name too long"),
        pytest.param("", [], id="nothing"),
        pytest.param("...", [], id="dots"),
    ],
)
def test_names(text, found):
    assert values(INDICATORS.name(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("d41d8cd98f00b204e9800998ecf8427e", ["md5"], id="md5 in small letters"),
        pytest.param(
            "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", ["sha256"], id="sha256"
        ),
        pytest.param("d41d8cd98f00b204e9800998ecf8427", [], id="one digit short"),
        pytest.param("z" * 32, [], id="no hexadecimal digits"),
        pytest.param("0" * 32, [], id="another hash"),
    ],
)
def test_hashes(text, found):
    assert [match.type for match in INDICATORS.hash(text)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            "HTTPS://files.example.org/a/b?x=1#top", ["https://files.example.org/a/b?x=1"], id="itself"
        ),
        pytest.param("https://files.example.org/a/b?x=2", [], id="another query"),
        pytest.param("http://u:p@evil.example.com:8080/x", ["evil.example.com"], id="by its host"),
        pytest.param("http://203.0.113.9/x", ["203.0.113.0/24"], id="by its address"),
        pytest.param("http://[2001:db8::7]/x", ["2001:db8::7"], id="by its IPv6 address"),
        pytest.param("http://[oops/x", [], id="a bracket left open"),
        pytest.param("/a/b", [], id="a path"),
        pytest.param("http://" + "a" * 9000, [], id="too long"),
    ],
)
def test_urls(text, found):
    assert values(INDICATORS.url(text)) == found


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_makes_a_look_up_fail(text):
    for look_up in (INDICATORS.address, INDICATORS.name, INDICATORS.hash, INDICATORS.url, INDICATORS.host):
        list(look_up(text))


@settings(deadline=None)
@given(st.ip_addresses())
def test_addresses_are_read_as_the_standard_library_reads_them(address):
    assert address_number(str(address)) == int(address)


@settings(deadline=None)
@given(st.ip_addresses(v=4), st.integers(8, 32), st.ip_addresses(v=4))
def test_networks_hold_what_they_hold(begin, length, other):
    network = ipaddress.ip_network(f"{begin}/{length}", strict=False)
    indicators, _ = read_csv("x", f"value\n{network}\n".encode())
    for address in (network[0], network[-1], other):
        assert bool(list(indicators.address(str(address)))) == (address in network)


def test_the_narrowest_network_comes_first():
    indicators, _ = read_csv("x", b"value\n203.0.0.0/16\n203.0.113.7\n203.0.113.0/24\n")
    assert values(indicators.address("203.0.113.7")) == ["203.0.113.7", "203.0.113.0/24", "203.0.0.0/16"]


def test_lists_are_merged():
    other, _ = read_csv(
        "two", b"value,source,description\n198.51.100.7,two,a proxy\nother.example.org,two,\n"
    )
    both = merged([INDICATORS, other])
    (match,) = both.address("198.51.100.7")
    assert [(one.source, one.description) for one in match.listings] == [
        ("one", "a scanner"),
        ("two", "a proxy"),
    ]
    assert both.count == 10
    assert values(both.name("other.example.org")) == ["other.example.org"]
    assert len({both.version, INDICATORS.version, other.version}) == 3
    assert values(INDICATORS.name("other.example.org")) == []


def test_one_value_on_many_lists_keeps_a_bounded_number():
    sets = [read_csv(f"list{n}", b"value\n198.51.100.7\n")[0] for n in range(30)]
    (match,) = merged(sets).address("198.51.100.7")
    assert len(match.listings) == 8


def test_nothing_is_in_an_empty_set():
    assert merged([]) == Indicators()
    assert values(Indicators().host("evil.example.com")) == []


def test_a_url_without_a_path_is_its_root():
    assert url_parts("http://Example.COM") == ("http://example.com/", "example.com")
