"""A Kafka consumer over a list of records: (key, value, headers)."""

from typing import Any


class FakeMessage:
    def __init__(self, offset: int, record: tuple[Any, Any, list[Any]]) -> None:
        self._offset = offset
        self._key, self._value, self._headers = record

    def error(self) -> None:
        return None

    def key(self) -> Any:
        return self._key

    def value(self) -> Any:
        return self._value

    def headers(self) -> list[Any]:
        return self._headers

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_700_000_000_000 + self._offset

    def topic(self) -> str:
        return "theirs"

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return self._offset


class FakeConsumer:
    """Gives each record once; `committed` is how many records the last commit covers."""

    def __init__(self, records: list[tuple[Any, Any, list[Any]]]) -> None:
        self._records = records
        self._read = 0
        self.committed = 0
        self.closed = False
        self.settings: dict[str, Any] = {}

    def opened(self, settings: dict[str, Any]) -> "FakeConsumer":
        self.settings = settings
        return self

    def subscribe(self, _topics: list[str], on_assign: Any) -> None:
        on_assign(self, [])

    def consume(self, count: int, _timeout: float) -> list[FakeMessage]:
        first = self._read
        self._read = min(len(self._records), first + count)
        return [FakeMessage(at, self._records[at]) for at in range(first, self._read)]

    def commit(self, *, asynchronous: bool) -> None:
        assert not asynchronous
        self.committed = self._read

    def close(self) -> None:
        self.closed = True
