"""The outbox: nothing is lost, nothing is told twice but in the one window, and one message says all."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seerflow.alerts import outbox
from seerflow.alerts.outbox import SECOND, Attempt, Outbox, Outcome, Policy, Route
from seerflow.engine import outboxes
from seerflow.engine.cells import DictCells
from seerflow.model.alert import Alert, Cause, Delivery

T0 = 1_770_000_000 * SECOND
POLICY = Policy()
CHAT = Route(notifier="chat")
PAGER = Route(notifier="pager", level="high")
DELIVERED = Outcome(state="delivered")
RETRY = Outcome(state="retry", detail="answered 503")
REFUSED = Outcome(state="refused", detail="answered 404")


def an_alert(revision: int = 1, notice: str = "new", level: str = "high", name: str = "a" * 32) -> Alert:
    return Alert(
        id=name,
        revision=revision,
        notice=notice,
        level=level,
        title="Password guessing",
        story="ssh-guessing",
        key=(("source.ip", "198.51.100.23"),),
        first=T0,
        last=T0 + SECOND,
        count=revision,
        causes=(Cause(detector="correlation", rule="r1", title="Password guessing", level=level),),
        findings=("f1",),
    )


def told_to(cell: Outbox | None, now: int) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.notifier, one.notices) for one in outbox.due(cell or Outbox(), now)]


def only(attempts: list[Attempt]) -> Attempt:
    (one,) = attempts
    return one


def test_a_revision_without_a_notice_creates_no_work():
    assert outbox.on_alert(an_alert(notice=""), [CHAT], None, T0) is None


def test_a_repeated_revision_changes_nothing():
    cell = outbox.on_alert(an_alert(), [CHAT], None, T0)
    assert outbox.on_alert(an_alert(), [CHAT], cell, T0 + SECOND) is cell


@pytest.mark.parametrize(
    ("level", "names"),
    [
        pytest.param("medium", ["chat"], id="too quiet for the pager"),
        pytest.param("high", ["chat", "pager"], id="just loud enough"),
        pytest.param("critical", ["chat", "pager"], id="louder"),
    ],
)
def test_a_route_begins_at_its_level(level, names):
    cell = outbox.on_alert(an_alert(level=level), [CHAT, PAGER], None, T0)
    assert [name for name, _ in told_to(cell, T0)] == names


@pytest.mark.parametrize(
    ("notices", "said"),
    [
        pytest.param(["new", "escalated"], ("new", "escalated"), id="both in one message"),
        pytest.param(["new", "", "escalated"], ("new", "escalated"), id="silent revisions say nothing"),
        pytest.param(
            ["new", "escalated", "escalated"], ("new", "escalated"), id="each word once, at its newest"
        ),
        pytest.param(["new", "retracted"], ("new", "retracted"), id="retracted before it could be told"),
    ],
)
def test_an_undelivered_notice_is_said_beside_the_newer_one(notices, said):
    cell = None
    for revision, notice in enumerate(notices, start=1):
        cell = outbox.on_alert(an_alert(revision, notice), [CHAT], cell, T0)
    assert told_to(cell, T0) == [("chat", said)]
    assert cell is not None
    assert cell.alert == an_alert(len(notices), notices[-1])


def test_a_notice_that_comes_while_an_attempt_is_under_way_is_told_after_it():
    cell = outbox.on_alert(an_alert(1, "new"), [CHAT], None, T0)
    assert cell is not None
    first = only(outbox.due(cell, T0))
    cell = outbox.on_alert(an_alert(2, "escalated", "critical"), [CHAT], cell, T0 + 1)
    cell, delivery = outbox.on_outcome(cell, first, DELIVERED, T0 + 2, POLICY)
    assert (delivery.state, delivery.revision, delivery.notice) == ("delivered", 1, "new")
    second = only(outbox.due(cell, T0 + 2))
    assert (second.notices, second.alert.revision, second.number) == (("escalated",), 2, 1)
    assert second.first == 1
    assert second.key != first.key


def test_who_never_heard_of_an_alert_is_not_told_that_it_was_nothing():
    cell = outbox.on_alert(an_alert(1, "new", "medium"), [CHAT, PAGER], None, T0)
    assert cell is not None
    cell, _ = outbox.on_outcome(cell, only(outbox.due(cell, T0)), DELIVERED, T0, POLICY)
    cell = outbox.on_alert(an_alert(2, "retracted", "high"), [CHAT, PAGER], cell, T0)
    assert told_to(cell, T0) == [("chat", ("retracted",))]


def test_who_was_told_hears_how_it_ends_however_quiet_it_became():
    cell = outbox.on_alert(an_alert(1, "new", "high"), [PAGER], None, T0)
    assert cell is not None
    cell, _ = outbox.on_outcome(cell, only(outbox.due(cell, T0)), DELIVERED, T0, POLICY)
    cell = outbox.on_alert(an_alert(2, "retracted", "low"), [PAGER], cell, T0)
    assert told_to(cell, T0) == [("pager", ("retracted",))]


def test_one_notifier_failing_holds_up_no_other():
    cell = outbox.on_alert(an_alert(), [CHAT, PAGER], None, T0)
    assert cell is not None
    chat, pager = outbox.due(cell, T0)
    cell, failed = outbox.on_outcome(cell, chat, RETRY, T0, POLICY)
    cell, delivered = outbox.on_outcome(cell, pager, DELIVERED, T0, POLICY)
    assert (failed.state, delivered.state) == ("failed", "delivered")
    assert outbox.due(cell, T0) == []
    again = only(outbox.due(cell, T0 + POLICY.first_delay))
    assert (again.notifier, again.number, again.key) == ("chat", 2, chat.key)


def test_what_was_refused_is_given_up_at_once_and_frees_the_alert():
    cell = outbox.on_alert(an_alert(), [CHAT], None, T0)
    assert cell is not None
    cell, delivery = outbox.on_outcome(cell, only(outbox.due(cell, T0)), REFUSED, T0, POLICY)
    assert (delivery.state, delivery.detail) == ("given_up", "answered 404")
    assert (cell.alert, cell.pending, cell.told) == (None, (), ())


def test_waits_double_are_capped_and_spread_the_same_each_time():
    waits = [outbox.delay(POLICY, "k", attempts) for attempts in range(1, 60)]
    assert waits == [outbox.delay(POLICY, "k", attempts) for attempts in range(1, 60)]
    for attempts, wait in enumerate(waits, start=1):
        full = min(POLICY.first_delay * 2 ** (attempts - 1), POLICY.max_delay)
        assert full * 3 // 4 <= wait <= full
    assert len({outbox.delay(POLICY, str(key), 1) for key in range(50)}) > 40


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        pytest.param(90 * SECOND, 90 * SECOND, id="what the receiver asked for"),
        pytest.param(10**18, POLICY.max_retry_after, id="but not for ever"),
    ],
)
def test_the_receivers_patience_is_heard(asked, waited):
    cell = outbox.on_alert(an_alert(), [CHAT], None, T0)
    assert cell is not None
    slow = Outcome(state="retry", after=asked)
    cell, _ = outbox.on_outcome(cell, only(outbox.due(cell, T0)), slow, T0, POLICY)
    assert cell.pending[0].due == T0 + waited


def test_a_day_of_failures_is_the_end_and_shows():
    cell: Outbox | None = outbox.on_alert(an_alert(), [CHAT], None, T0)
    now, states = T0, []
    while cell and cell.pending and len(states) < 1000:
        now = cell.pending[0].due
        cell, delivery = outbox.on_outcome(cell, only(outbox.due(cell, now)), RETRY, now, POLICY)
        states.append(delivery.state)
    assert states == ["failed"] * (len(states) - 1) + ["given_up"]
    assert POLICY.max_age - POLICY.max_delay <= now - T0 <= POLICY.max_age
    assert 90 < len(states) < 150


@pytest.mark.parametrize(
    ("quiet", "forgotten"),
    [
        pytest.param(POLICY.memory, False, id="still remembered"),
        pytest.param(POLICY.memory + 1, True, id="old"),
    ],
)
def test_a_told_alert_is_forgotten_when_it_has_been_quiet(quiet, forgotten):
    cell = outbox.on_alert(an_alert(), [CHAT], None, T0)
    assert cell is not None
    assert not outbox.forgettable(cell, T0 + quiet, POLICY)
    cell, _ = outbox.on_outcome(cell, only(outbox.due(cell, T0)), DELIVERED, T0, POLICY)
    assert outbox.forgettable(cell, T0 + quiet, POLICY) is forgotten


def test_an_outcome_that_comes_twice_is_recorded_once():
    cell = outbox.on_alert(an_alert(), [CHAT], None, T0)
    assert cell is not None
    attempt = only(outbox.due(cell, T0))
    once, _ = outbox.on_outcome(cell, attempt, DELIVERED, T0, POLICY)
    assert outbox.on_outcome(once, attempt, DELIVERED, T0, POLICY)[0] == once
    late, delivery = outbox.on_outcome(once, attempt, RETRY, T0, POLICY)
    assert (late, delivery.state) == (once, "failed")


def test_a_cell_survives_its_bytes_and_an_unknown_version_is_told():
    cell = outbox.on_alert(an_alert(), [CHAT, PAGER], None, T0)
    assert cell is not None
    cell, _ = outbox.on_outcome(cell, outbox.due(cell, T0)[0], DELIVERED, T0, POLICY)
    assert outbox.decode(outbox.encode(cell)) == cell
    with pytest.raises(ValueError, match="version 02"):
        outbox.decode(b"\x02" + outbox.encode(cell)[1:])
    with pytest.raises(ValueError, match="version none"):
        outbox.decode(b"")


# A run of the stage as it is live: records come from a log, cells are changed in transactions, messages leave
# in between, and a crash takes back what was not committed. Receivers keep idempotency keys, or do not.

STEP = st.sampled_from(["alert", "tick", "send", "commit", "crash", "later"])
FATE = st.sampled_from([DELIVERED, RETRY, REFUSED])
NOTICE = st.sampled_from(["", "escalated", "reopened", "retracted"])


class World:
    """One partition of dispatch, its topic and the receivers."""

    def __init__(self, notices: dict[str, list[str]]) -> None:
        self.log = [
            an_alert(revision, notice, "high", name)
            for name, words in notices.items()
            for revision, notice in enumerate(["new", *words], start=1)
        ]
        self.now, self.read, self.committed = T0, 0, 0
        self.stored: dict[bytes, bytes] = {}
        self.cells = DictCells()
        self.under_way: list[Attempt] = []
        self.sent: list[Attempt] = []  # what a receiver has, in order
        self.unrecorded: set[str] = set()  # keys that were sent and whose record a crash took
        self.recorded: list[Delivery] = []
        self.open: list[tuple[Attempt, Outcome]] = []
        self.staged: list[Delivery] = []

    def alert(self) -> None:
        if self.read < len(self.log):
            outboxes.accept(self.cells, self.log[self.read], [CHAT, PAGER], self.now)
            self.read += 1

    def tick(self) -> None:
        for attempt, outcome in self.open:
            self.staged.append(outboxes.settle(self.cells, attempt, outcome, self.now, POLICY))
        self.open = []
        busy = {(one.alert.id, one.notifier) for one in self.under_way}
        attempts = outboxes.due(self.cells, self.now).attempts
        self.under_way += [one for one in attempts if (one.alert.id, one.notifier) not in busy]

    def send(self, fate: Outcome) -> None:
        if self.under_way:
            attempt = self.under_way.pop(0)
            if fate.state == "delivered":
                self.sent.append(attempt)
            self.open.append((attempt, fate))

    def commit(self) -> None:
        self.committed, self.stored = self.read, dict(self.cells.data)
        self.recorded += self.staged
        self.staged = []

    def crash(self) -> None:
        taken = {one.key for one, fate in self.open if fate.state == "delivered"}
        known = {(one.alert, one.revision, one.notifier) for one in self.recorded if one.state == "delivered"}
        taken |= {
            one.key for one in self.sent if (one.alert.id, one.alert.revision, one.notifier) not in known
        }
        self.unrecorded |= taken
        self.cells.data, self.read = dict(self.stored), self.committed
        self.under_way, self.open, self.staged = [], [], []

    def run_down(self) -> None:
        while self.read < len(self.log):
            self.alert()
        for _ in range(200):
            self.tick()
            while self.under_way:
                self.send(DELIVERED)
            self.tick()
            self.commit()
            self.now += POLICY.max_delay


@given(
    st.dictionaries(
        st.sampled_from(["a" * 32, "b" * 32, "c" * 32]), st.lists(NOTICE, max_size=4), min_size=1
    ),
    st.lists(st.tuples(STEP, FATE), max_size=60),
)
def test_a_crash_at_any_step_loses_nothing_and_repeats_only_what_it_took_the_record_of(notices, steps):
    world = World(notices)
    for step, fate in steps:
        if step == "send":
            world.send(fate)
        elif step == "later":
            world.now += 60 * SECOND
        else:
            {"alert": world.alert, "tick": world.tick, "commit": world.commit, "crash": world.crash}[step]()
    world.run_down()
    assert not outboxes.pending(world.cells)
    final = {one.id: one.revision for one in world.log if one.notice}
    ends = {
        (one.alert, one.notifier): one.revision
        for one in world.recorded
        if one.state in {"delivered", "given_up"}
    }
    for name, revision in final.items():
        for notifier in ("chat", "pager"):
            # A refused "new" has no retraction; everything else ends with the newest notice settled.
            if ends[name, notifier] != revision:
                assert world_has_only_retraction_left(world, name, notifier, ends[name, notifier])
    keys = [one.key for one in world.sent]
    twice = {key for key in keys if keys.count(key) > 1}
    assert twice <= world.unrecorded


def world_has_only_retraction_left(world: World, name: str, notifier: str, revision: int) -> bool:
    told = any(
        one.state == "delivered" and (one.alert, one.notifier) == (name, notifier) for one in world.recorded
    )
    left = {one.notice for one in world.log if one.id == name and one.revision > revision and one.notice}
    return not told and left == {"retracted"}


@given(st.lists(st.tuples(st.sampled_from(["new", "escalated", "retracted", ""]), FATE), max_size=12))
def test_a_cell_stays_small_whatever_happens(steps):
    cell: Outbox | None = None
    for revision, (notice, fate) in enumerate(steps, start=1):
        cell = outbox.on_alert(an_alert(revision, notice), [CHAT, PAGER], cell, T0)
        for attempt in outbox.due(cell or Outbox(), T0)[:1]:
            cell, _ = outbox.on_outcome(cell, attempt, fate, T0, POLICY)
    if cell is not None:
        assert len(outbox.encode(cell)) < 300 + 2 * 150 + len(msgspec.msgpack.encode(an_alert()))
        assert (cell.alert is None) == (not cell.pending)
