"""What `as:` makes of values."""

import pytest

from seerflow.parsers.described.conversion import CHANGES


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-01-01 10:00:00 UTC", "2024-01-01T10:00:00.000000Z"),
        ("1710497640", "2024-03-15T10:14:00.000000Z"),
        ("2024-01-01T10:00:00.5+0100", "2024-01-01T09:00:00.500000Z"),
        ("soon", "soon"),
    ],
)
def test_an_instant_is_written_as_rfc_3339(text, instant):
    assert CHANGES["instant"](text) == instant
