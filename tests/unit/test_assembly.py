"""A configuration becomes an engine: what it names is read and used."""

import pytest

from seerflow.assembly import assemble
from seerflow.config import Config
from seerflow.model.event import Event
from seerflow.model.log import Origin, RawLog
from tests.unit.adapters.mmdb import written

COUNTRY = {"198.51.100.0/24": {"country": {"iso_code": "FR"}}}
OPERATOR = {"198.51.100.0/24": {"autonomous_system_number": 64496}}


@pytest.mark.parametrize(
    ("files", "country", "number"),
    [
        ((), None, None),
        (("geoip_file",), "FR", None),
        (("geoip_as_file",), None, 64496),
        (("geoip_file", "geoip_as_file"), "FR", 64496),
    ],
)
def test_addresses_get_what_the_lookup_files_know(tmp_path, files, country, number):
    for name, networks in (("geoip_file", COUNTRY), ("geoip_as_file", OPERATOR)):
        (tmp_path / name).write_bytes(written(networks))
    config = Config(state_dir=str(tmp_path), **{name: str(tmp_path / name) for name in files})
    raw = b"Mar 12 03:07:14 h sshd[1]: Failed password for root from 198.51.100.23 port 4 ssh2"
    (event,) = assemble(config, stages=("parse",)).engine.understand(
        RawLog(origin=Origin("t", 0, 0), raw=raw, received=0)
    )
    assert isinstance(event, Event)
    assert event.common.get("source.geo.country_iso_code") == country
    assert event.common.get("source.as.number") == number
