import pytest

from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read


def event(line: str, columns: str = ""):
    return read(
        RawLog(origin=Origin("t", 0, 0), raw=line.encode(), received=1_773_576_000_000_000, columns=columns)
    )[0]


def shown(line: str, columns: str = ""):
    common = event(line, columns).common
    return tuple(
        common.get(name) for name in ("event.dataset", "source.ip", "destination.ip", "url.original")
    )


@pytest.mark.parametrize(
    ("line", "columns", "wanted"),
    [
        pytest.param(
            "2026-03-11 22:14:15 /a q=1 192.0.2.7",
            "w3c date time cs-uri-stem cs-uri-query c-ip",
            ("w3c.access", "192.0.2.7", None, "/a?q=1"),
            id="columns that somebody chose",
        ),
        pytest.param(
            '2026-03-11T22:14:15.000Z,192.0.2.7,"a,b",DELIVER',
            "csv date-time client-ip message-id event-id",
            ("exchange", "192.0.2.7", None, None),
            id="Exchange's are separated by commas",
        ),
        pytest.param(
            "1773267255.1\tCx\t192.0.2.7\t1\t203.0.113.9\t2",
            "zeek:09:tunnel ts uid id.orig_h id.orig_p id.resp_h id.resp_p",
            ("zeek.tunnel", "192.0.2.7", "203.0.113.9", None),
            id="Zeek, any log",
        ),
        pytest.param(
            "1773267255.123456|Cx|192.0.2.7",
            "zeek:7c:odd ts uid id.orig_h",
            ("zeek.odd", "192.0.2.7", None, None),
            id="Zeek, another separator",
        ),
    ],
)  # fmt: skip
def test_a_header_names_the_columns(line, columns, wanted):
    assert shown(line, columns) == wanted


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("2026-03-11 22:14:15 /a", "w3c date time cs-uri-stem c-ip"),
        ("a\tb", "zeek:09:conn ts uid id.orig_h"),
        ("2026-03-11 22:14:15 /a", "zeek:zz:conn ts"),
        ("hello", "nonsense"),
    ],
)
def test_a_line_that_has_other_columns_is_not_forced_into_them(line, columns):
    assert event(line, columns).parser == "unknown/1"


def test_a_shape_alone_decides_only_where_the_kinds_fit():
    iis = "2026-03-11 22:14:15 192.0.2.10 GET /a - 443 - 198.51.100.7 curl/8.5.0 - 200 0 0 31"
    assert event(iis).common["event.dataset"] == "iis.access"
    assert event(iis.replace(" 200 ", " twohundred ")).parser == "unknown/1"
    assert event(iis.replace("198.51.100.7", "somebody")).parser == "unknown/1"
