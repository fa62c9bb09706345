import pytest

from seerflow.agents.changelog import begin


@pytest.mark.parametrize(
    ("stored", "first", "end", "offset", "wipe"),
    [
        pytest.param(None, 0, 50, 0, True, id="nothing is known of the store"),
        pytest.param(None, 0, 0, 0, True, id="nor of the log"),
        pytest.param(29, 0, 50, 30, False, id="behind the log"),
        pytest.param(49, 0, 50, 50, False, id="up to the log"),
        pytest.param(48, 0, 50, 49, False, id="up to the log but for its last marker"),
        pytest.param(50, 0, 50, 0, True, id="ahead of the log: the log was cut, or is another"),
        pytest.param(7, 0, 0, 0, True, id="ahead of an empty log"),
        pytest.param(19, 20, 50, 20, False, id="the log begins where the store ends"),
        pytest.param(18, 20, 50, 20, True, id="a record between store and log is gone"),
    ],
)
def test_a_store_goes_on_only_where_the_log_proves_it(stored, first, end, offset, wipe):
    start = begin(stored, first, end)
    assert (start.offset, start.wipe) == (offset, wipe)
