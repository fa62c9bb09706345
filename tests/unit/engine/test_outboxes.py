"""The shelves: what is due is found without looking at what has been told."""

from seerflow.alerts.outbox import Route
from seerflow.engine import outboxes
from seerflow.engine.cells import DictCells
from tests.unit.alerts.test_outbox import DELIVERED, POLICY, RETRY, T0, an_alert

ROUTES = [Route(notifier="chat")]


def names(count: int) -> list[str]:
    return [f"{number:032x}" for number in range(count)]


class Counting(DictCells):
    """Cells that count how many were looked at."""

    seen = 0

    def scan(self, after, limit):
        for one in super().scan(after, limit):
            self.seen += 1
            yield one


def test_a_told_alert_leaves_the_shelf_of_what_is_due():
    cells = Counting()
    for name in names(50):
        outboxes.accept(cells, an_alert(name=name), ROUTES, T0)
    look = outboxes.due(cells, T0)
    attempts = look.attempts
    assert (len(attempts), look.after, look.seen) == (50, b"", 50)
    for attempt in attempts[:49]:
        assert outboxes.settle(cells, attempt, DELIVERED, T0, POLICY).state == "delivered"
    outboxes.settle(cells, attempts[49], RETRY, T0, POLICY)
    assert len(cells.data) == 50
    cells.seen = 0
    assert outboxes.due(cells, T0) == outboxes.Look([], b"", 1)
    assert cells.seen == 2  # the one that waits, and the end of the shelf
    assert outboxes.pending(cells) == 1


def test_a_repeat_after_the_telling_changes_nothing():
    cells = DictCells()
    outboxes.accept(cells, an_alert(), ROUTES, T0)
    outboxes.settle(cells, outboxes.due(cells, T0).attempts[0], DELIVERED, T0, POLICY)
    before = dict(cells.data)
    outboxes.accept(cells, an_alert(), ROUTES, T0 + 1)
    outboxes.accept(cells, an_alert(2, ""), ROUTES, T0 + 1)
    assert cells.data == before


def test_a_long_shelf_is_walked_in_pieces(monkeypatch):
    monkeypatch.setattr(outboxes, "MAX_SCAN", 20)
    cells = DictCells()
    for name in names(50):
        outboxes.accept(cells, an_alert(name=name), ROUTES, T0)
    look = outboxes.due(cells, T0)
    seen, pieces = look.attempts, [look.seen]
    while look.after:
        look = outboxes.due(cells, T0, look.after)
        pieces.append(look.seen)
        seen += look.attempts
    assert pieces == [20, 20, 10]
    assert [one.alert.id for one in seen] == names(50)


def test_old_told_cells_are_forgotten_in_pieces_and_pending_ones_are_not():
    cells = DictCells()
    for name in names(30):
        outboxes.accept(cells, an_alert(name=name), ROUTES, T0)
    for attempt in outboxes.due(cells, T0).attempts[:25]:
        outboxes.settle(cells, attempt, DELIVERED, T0, POLICY)
    now, after, rounds = T0 + POLICY.memory + 1, b"", 0
    while rounds == 0 or after:
        after, rounds = outboxes.forget(cells, after, 10, now, POLICY), rounds + 1
    assert rounds == 3
    assert len(cells.data) == outboxes.pending(cells) == 5
