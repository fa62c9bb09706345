import pytest

from seerflow.detectors.intel.detector import FIELDS, IntelDetector
from seerflow.detectors.intel.indicators import Indicators
from seerflow.detectors.intel.lists import read_csv
from seerflow.model.event import Event
from seerflow.model.fields import BY_NAME
from seerflow.model.identity import event_id
from seerflow.model.log import Origin

MD5, SHA256 = "0" * 31 + "1", "a" * 64
LIST = f"""value,source,description,expires
198.51.100.7,scanners,seen scanning,
203.0.113.0/24,proxies,,1970-01-03
evil.example.com,names,,
{MD5},files,,
{SHA256},files,,
""".encode()
DETECTOR = IntelDetector(read_csv("lists.csv", LIST)[0])


def event(common=None, native=None, moment=1_000_000):
    origin = Origin("raw.test", 0, 1)
    return Event(
        id=event_id(origin),
        origin=origin,
        time=moment,
        received=moment,
        parser="test/1",
        common=common or {},
        native=native or {},
        text="a line",
    )


def found(*args, **kwargs):
    return [(one.rule, one.story) for one in DETECTOR.on_event(event(*args, **kwargs)).findings]


SCANNER = [("intel-address", "intel:198.51.100.7")]
NAME = [("intel-domain", "intel:evil.example.com")]


@pytest.mark.parametrize(
    ("common", "native", "says"),
    [
        pytest.param({"source.ip": "198.51.100.7"}, {}, SCANNER, id="source"),
        pytest.param({"destination.address": "evil.example.com"}, {}, NAME, id="destination by name"),
        pytest.param({"dns.question.name": "x.evil.example.com."}, {}, NAME, id="a question"),
        pytest.param({"url.original": "https://evil.example.com/x"}, {}, NAME, id="the host of a URL"),
        pytest.param({"host.ip": ["192.0.2.1", "198.51.100.7"]}, {}, SCANNER, id="one of a list"),
        pytest.param({}, {"DestinationIp": "198.51.100.7"}, SCANNER, id="Sysmon's name"),
        pytest.param(
            {},
            {"Hashes": f"SHA1={'0' * 40},MD5={MD5},SHA256={SHA256.upper()},IMPHASH={MD5}"},
            [("intel-md5", f"intel:{MD5}"), ("intel-sha256", f"intel:{SHA256}")],
            id="Sysmon's hashes",
        ),
        pytest.param({}, {"Hashes": f"IMPHASH={MD5}"}, [], id="an import hash is no file's"),
        pytest.param(
            {}, {"QueryResults": "type:  5 a.example.org;::ffff:198.51.100.7;"}, SCANNER, id="an answer"
        ),
        pytest.param({"message": "198.51.100.7"}, {}, [], id="free text is not searched"),
        pytest.param(
            {"source.ip": None, "url.original": 7, "dns.question.name": [7]}, {"Hashes": 5}, [], id="no text"
        ),
        pytest.param({"source.ip": "192.0.2.1"}, {}, [], id="not listed"),
    ],
)
def test_what_is_looked_up(common, native, says):
    assert found(common, native) == says


def test_one_finding_for_an_indicator_however_often_it_is_named():
    (one,) = DETECTOR.on_event(
        event(
            {"source.ip": "198.51.100.7", "source.address": "198.51.100.7", "host.name": "web-1"},
            {"SourceIp": "198.51.100.7"},
        )
    ).findings
    assert one.reasons[0].feature == "SourceIp, source.address, source.ip"
    assert one.reasons[0].text == "listed by scanners: seen scanning"
    assert one.key == (("host.name", "web-1"),)
    assert one.level == "high"
    assert one.evidence[0].values == dict.fromkeys(
        ("SourceIp", "source.address", "source.ip"), "198.51.100.7"
    )
    assert one.ruleset


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        pytest.param(3 * 86_400_000_000 - 1, 1, id="its last moment"),
        pytest.param(3 * 86_400_000_000, 0, id="expired"),
    ],
)
def test_an_indicator_ends_by_the_time_of_the_event(moment, says):
    assert len(found({"source.ip": "203.0.113.9"}, moment=moment)) == says


def test_without_an_entity_the_finding_is_about_the_value():
    (one,) = DETECTOR.on_event(event({}, {"QueryName": "evil.example.com"})).findings
    assert one.key == (("QueryName", "evil.example.com"),)


def test_a_flood_of_values_in_one_field_is_bounded():
    content = "value\n" + "\n".join(f"198.51.{n // 256}.{n % 256}" for n in range(2000))
    detector = IntelDetector(read_csv("x", content.encode())[0])
    many = ";".join(f"198.51.{n // 256}.{n % 256}" for n in range(2000))
    assert len(detector.on_event(event({}, {"QueryResults": many})).findings) == 64


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="one of informational, low"):
        IntelDetector(Indicators(), level="loud")


def test_the_fields_are_in_the_dictionary():
    assert set(FIELDS) <= set(BY_NAME)
