from hypothesis import given
from hypothesis import strategies as st

from seerflow.adapters import codec
from seerflow.agents.send import MAX_VALUE_BYTES, keyed, lines
from seerflow.engine.routing import cell_key
from seerflow.model.finding import Evidence, Hit
from seerflow.model.log import Origin


def hit(user, size):
    evidence = Evidence(event="e", origin=Origin("t", 0, 0), time=1, text="x" * size)
    return Hit(rules=("r",), key=(("user.name", user),), evidence=evidence)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from([1, 300_000, MAX_VALUE_BYTES])), max_size=12
    )
)
def test_lines_encoded_at_once_are_the_records_of_lines_encoded_one_by_one(drawn):
    items = [(cell_key(one.key), one) for one in (hit(user, size) for user, size in drawn)]
    headers = {"feeder": b"0"}
    together = list(lines("hits.profile", items, 4, headers))
    assert together == list(keyed("hits.profile", items, codec.line, 4, headers))
