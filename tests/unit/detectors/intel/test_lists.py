import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seerflow.detectors.intel.lists import MAX_PROBLEMS, names, read_csv

DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param(b"ipp,192.0.2.1", "no type 'ipp'; did you mean 'ip'?", id="a type misspelt"),
        pytest.param(b"banana,192.0.2.1", "no type 'banana'; types are ip,", id="no type at all"),
        pytest.param(b"ip,192.0.2.300", "'192.0.2.300' is no address or network; write", id="no address"),
        pytest.param(
            b"ip,0.0.0.0/0", "'0.0.0.0/0' is wider than /8; it would match half the world", id="everything"
        ),
        pytest.param(b"ip,::/0", "'::/0' is wider than /16", id="everything in IPv6"),
        pytest.param(b"domain,com", "'com' is no domain; write", id="a whole top level"),
        pytest.param(b"domain,a b.example.com", "'a b.example.com' is no domain", id="a blank in a name"),
        pytest.param(b"md5,xyz", "'xyz' is no MD5, SHA-1 or SHA-256; those have", id="no hash"),
        pytest.param(b"md5," + b"z" * 32, "is no MD5, SHA-1 or SHA-256", id="no digits"),
        pytest.param(b"url,example.com/x", "'example.com/x' is no URL; write", id="no URL"),
        pytest.param(b"ip,", "no value; give one", id="no value"),
        pytest.param(b"ip,192.0.2.1,soon", "expires 'soon' is no date; write 2027-01-31", id="no date"),
        pytest.param(
            b"domain," + b"a" * 3000, "a value of 3000 characters; 2048 are the most", id="too long"
        ),
    ],
)
def test_a_bad_line_is_named_and_left_out(line, problem):
    content = b"type,value,expires\n# a remark\n\n" + line + b"\nip,192.0.2.9\n"
    indicators, problems = read_csv("feed.csv", content)
    (one,) = problems
    assert one.startswith("feed.csv:4: ")
    assert problem in one
    assert indicators.count == 1


def test_an_open_quote_does_not_swallow_the_list_silently():
    indicators, problems = read_csv("x", b'value,description\n192.0.2.1,"open\n192.0.2.2,\n192.0.2.3,\n')
    assert indicators.count == 0
    assert len(problems) == 1
    assert "a quote that is not closed" in problems[0]


@pytest.mark.parametrize(
    ("line", "table", "value"),
    [
        pytest.param("198.51.100.7", "address", "198.51.100.7", id="address"),
        pytest.param("198[.]51[.]100[.]7", "address", "198.51.100.7", id="address disarmed"),
        pytest.param("2001:db8::/32", "address", "2001:db8::5", id="network"),
        pytest.param("evil[.]example.com", "name", "evil.example.com", id="name disarmed"),
        pytest.param("*.evil.example.com", "name", "x.evil.example.com", id="name with a star"),
        pytest.param("bücher.example.com", "name", "xn--bcher-kva.example.com", id="name in Unicode"),
        pytest.param("hxxps://evil.example.com/x", "url", "https://evil.example.com/x", id="URL disarmed"),
        pytest.param(
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "hash",
            "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
            id="hash",
        ),
    ],
)
@pytest.mark.parametrize(
    "header", ["", "value\n", "\ufeffvalue\r\n"], ids=["no header", "header", "with a mark"]
)
def test_the_type_is_read_off_the_value(header, line, table, value):
    indicators, problems = read_csv("x", (header + line + "\n").encode())
    assert problems == ()
    assert len(list(getattr(indicators, table)(value))) == 1


@pytest.mark.parametrize(
    ("text", "end"),
    [
        pytest.param("1970-01-02", 2 * DAY, id="a date ends with its day"),
        pytest.param("1970-01-02T00:00:00Z", DAY, id="a time"),
        pytest.param("1970-01-02T01:00:00+01:00", DAY, id="a time with a zone"),
        pytest.param("", None, id="never"),
    ],
)
def test_when_an_indicator_ends(text, end):
    indicators, _ = read_csv("x", f"value,expires\n192.0.2.1,{text}\n".encode())
    (match,) = indicators.address("192.0.2.1")
    assert match.listings[0].expires == end


def test_a_file_that_is_no_list_is_told_in_bounds():
    indicators, problems = read_csv("x", b"type,value\n" + b"oops,1\n" * 5000)
    assert indicators.count == 0
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].startswith("x: 4900 more lines")


def test_names_of_lists():
    indicators, _ = read_csv("feed", b"value,source\n192.0.2.1,\n192.0.2.2,b\n192.0.2.3,a\n")
    assert list(names(indicators)) == ["a", "b", "feed"]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_make_reading_fail(content):
    indicators, problems = read_csv("x", content)
    assert indicators.count + len(problems) <= content.count(b"\n") + content.count(b"\r") + 1


def test_the_version_follows_from_the_content():
    one, other = (read_csv("x", content)[0] for content in (b"value\n192.0.2.1\n", b"value\n192.0.2.2\n"))
    assert one.version != other.version
    assert one.version == read_csv("y", b"value\n192.0.2.1\n")[0].version
