"""Who sends how much: a bounded account, because whoever can send can also invent senders."""

from collections import OrderedDict

from msgspec import Struct


class Account(Struct):
    """What one peer sent."""

    documents: int = 0
    bytes: int = 0
    last: int = 0  # when it sent last, microseconds


class Peers:
    """The accounts of the `most` peers that sent latest; `forgotten` counts those that had to go."""

    def __init__(self, most: int = 1024) -> None:
        self._most = most
        self._accounts: OrderedDict[str, Account] = OrderedDict()
        self.forgotten = 0

    def note(self, peer: str, documents: int, size: int, now: int) -> None:
        """Write down that `peer` sent so many documents of `size` bytes."""
        account = self._accounts.setdefault(peer, Account())
        account.documents += documents
        account.bytes += size
        account.last = now
        self._accounts.move_to_end(peer)
        if len(self._accounts) > self._most:
            self._accounts.popitem(last=False)
            self.forgotten += 1

    def loudest(self, count: int = 10) -> list[tuple[str, Account]]:
        """Give the peers that sent most documents, of those remembered."""
        return sorted(self._accounts.items(), key=lambda one: -one[1].documents)[:count]

    def __len__(self) -> int:
        return len(self._accounts)
