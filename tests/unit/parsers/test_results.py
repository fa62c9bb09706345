"""What becomes of a reading: the flags that a person must see."""

import pytest

from seerflow.model.log import Origin, RawLog
from seerflow.parsers import read


@pytest.mark.parametrize(
    ("raw", "cut", "truncated"),
    [
        pytest.param(
            b"Mar 12 03:07:14 h sshd[1]: Failed password for ro", True, 1, id="a line cut by its collector"
        ),
        pytest.param(b"Mar 12 03:07:14 h sshd[1]: Failed password for root", False, 0, id="a whole line"),
        pytest.param(b'{"a": [' + b"1," * 2_000 + b"1]}", True, 1, id="cut there and here: said once"),
        pytest.param(b"no format that anybody knows", True, 1, id="text"),
    ],
)
def test_a_log_of_which_only_the_beginning_came_says_so(raw, cut, truncated):
    results = read(RawLog(origin=Origin("t", 0, 0), raw=raw, received=0, cut=cut))
    assert [one.flags.count("truncated") for one in results] == [truncated]
