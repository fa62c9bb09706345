"""MaxMind DB files as look-ups for enrichers/geoip.py. The file is the user's; it is mapped, not read whole."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maxminddb

from seerflow.enrichers.geoip import Lookup
from seerflow.errors import OperatorError


def open_lookup(path: Path) -> Lookup:
    """Open a country or AS file. Raises OperatorError when it cannot be used.

    The look-up holds the file open for as long as it lives, also after the file was replaced on disk.
    """
    try:
        reader = maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise OperatorError(
            f"{path}: cannot be read as a MaxMind DB file ({error}); use a .mmdb such as GeoLite2-Country.mmdb"
        ) from error

    def lookup(address: str) -> Mapping[str, Any] | None:
        try:
            record = reader.get(address)
        except maxminddb.InvalidDatabaseError:  # a damaged part of the file: nothing is known there
            return None
        return record if isinstance(record, dict) else None

    return lookup
