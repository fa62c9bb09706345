"""MaxMind DB files as look-ups for enrichers/geoip.py."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maxminddb

from seerflow.enrichers.geoip import Lookup
from seerflow.errors import OperatorError


def open_lookup(path: Path) -> Lookup:
    """Open a country or AS file. Raises OperatorError when it cannot be used.

    The reader maps its file into memory, and a file that somebody shortens under a map kills the process (SIGBUS).
    So what is mapped is a nameless copy of our own; a newer file is seen when it is opened again.
    """
    try:
        with tempfile.NamedTemporaryFile(suffix=".mmdb") as copy:
            with path.open("rb") as file:
                shutil.copyfileobj(file, copy)
            copy.flush()
            reader = maxminddb.open_database(copy.name)
    except OSError as error:
        raise OperatorError(
            f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    except (ValueError, maxminddb.InvalidDatabaseError) as error:
        raise OperatorError(
            f"{path}: not a MaxMind DB file; use a .mmdb such as GeoLite2-Country.mmdb"
        ) from error

    def lookup(address: str) -> Mapping[str, Any] | None:
        try:
            record = reader.get(address)
        except maxminddb.InvalidDatabaseError:  # a damaged part of the file: nothing is known there
            return None
        return record if isinstance(record, dict) else None

    return lookup
