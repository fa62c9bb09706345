"""The account of who sends how much."""

from hypothesis import given
from hypothesis import strategies as st

from seerflow.collectors.peers import Peers


def test_the_loudest_come_first():
    peers = Peers()
    for peer, documents in (("a", 1), ("b", 5), ("a", 2)):
        peers.note(peer, documents, documents * 10, now=documents)
    assert [(peer, account.documents, account.bytes) for peer, account in peers.loudest()] == [
        ("b", 5, 50),
        ("a", 3, 30),
    ]


@given(st.lists(st.integers(0, 50)), st.integers(1, 10))
def test_the_account_keeps_its_bound_and_counts_who_had_to_go(names, most):
    peers = Peers(most)
    for name in names:
        peers.note(str(name), 1, 1, now=0)
    assert len(peers) == min(most, len(set(names)))
    assert peers.forgotten >= len(set(names)) - most
