import pytest
from confluent_kafka import KafkaError, KafkaException

from seerflow.agents.positions import Place
from seerflow.agents.transactions import Transactions, Undone, judged
from seerflow.errors import FencedError, OutsideError
from seerflow.model.record import Outgoing


def error(code=KafkaError._TIMED_OUT, *, fatal=False, again=False, abort=False):
    return KafkaException(KafkaError(code, "a reason", fatal, again, abort))


FATAL, AGAIN, ABORT, OTHER = error(fatal=True), error(again=True), error(abort=True), error()


class Script:
    """A producer that answers each request as told, and notes what it was asked."""

    def __init__(self, **answers):
        self.answers = {name: list(each) for name, each in answers.items()}
        self.asked = []

    def __getattr__(self, name):
        def asked(*_, **__):
            self.asked.append(name)
            answer = self.answers.get(name, [0])
            one = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(one, BaseException):
                raise one
            return one

        return asked


class Clock:
    """Time that passes with each look at it."""

    def __init__(self, step):
        self.now, self.step = 0.0, step

    def __call__(self):
        self.now += self.step
        return self.now


def transactions(producer, step=1.0):
    made = Transactions(producer, Clock(step), wait=lambda _: None)
    made.begin()
    return made


def commit(made):
    made.commit({Place("in", 0): 7}, object(), lambda _: None)


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        pytest.param(FATAL, FencedError, id="fatal: another one bears our name"),
        pytest.param(error(fatal=True, abort=True), FencedError, id="fatal beats abort"),
        pytest.param(ABORT, Undone, id="abortable"),
        pytest.param(AGAIN, type(None), id="retriable: ask again"),
        pytest.param(OTHER, OutsideError, id="anything else"),
    ],
)
def test_what_an_error_means(reason, verdict):
    assert type(judged(reason, "commit")) is verdict


@pytest.mark.parametrize("name", ["flush", "send_offsets_to_transaction", "commit_transaction"])
@pytest.mark.parametrize(("reason", "raised"), [(FATAL, FencedError), (ABORT, Undone), (OTHER, OutsideError)])
def test_a_refused_commit_leaves_the_transaction_open(name, reason, raised):
    made = transactions(Script(**{name: [reason]}))
    with pytest.raises(raised, match="a reason"):
        commit(made)
    assert made.open


def test_a_commit_is_asked_again_until_it_is_granted():
    producer = Script(send_offsets_to_transaction=[AGAIN, AGAIN, None], commit_transaction=[AGAIN, None])
    made = transactions(producer)
    commit(made)
    assert producer.asked[1:] == ["flush", *["send_offsets_to_transaction"] * 3, *["commit_transaction"] * 2]
    assert not made.open


def test_a_commit_without_answer_ends_the_worker_rather_than_being_undone():
    made = transactions(Script(commit_transaction=[AGAIN]), step=10.0)
    with pytest.raises(OutsideError) as raised:
        commit(made)
    assert not isinstance(raised.value, Undone)  # it may have been committed


def test_records_that_are_never_taken_undo_the_transaction():
    with pytest.raises(Undone, match="3 records"):
        commit(transactions(Script(flush=[3]), step=10.0))


def test_a_full_queue_is_waited_for():
    producer = Script(produce=[BufferError(), BufferError(), None])
    transactions(producer).send(Outgoing(topic="out", value=b"x"))
    assert producer.asked[1:] == ["produce", "poll", "produce", "poll", "produce"]


def test_a_queue_that_stays_full_undoes_the_transaction():
    with pytest.raises(Undone, match="no more records"):
        transactions(Script(produce=[BufferError()]), step=10.0).send(Outgoing(topic="out", value=b"x"))


@pytest.mark.parametrize(
    ("reason", "raised"), [(FATAL, FencedError), (ABORT, Undone), (OTHER, Undone), (AGAIN, Undone)]
)
def test_a_refused_record_undoes_the_transaction_unless_we_are_fenced(reason, raised):
    with pytest.raises(raised):
        transactions(Script(produce=[reason])).send(Outgoing(topic="out", value=b"x"))


def test_one_transaction_at_a_time_and_none_to_abort_without_one():
    producer = Script()
    made = transactions(producer)
    made.begin()
    made.abort()
    made.abort()
    assert producer.asked == ["begin_transaction", "abort_transaction"]
