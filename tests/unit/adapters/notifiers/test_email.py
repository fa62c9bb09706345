"""The conversation with a mail server."""

import asyncio

import pytest

from seerflow.adapters.notifiers.email import Email, Server
from seerflow.alerts.outbox import Outcome
from seerflow.problems import Secret
from tests.contracts.receivers import CERTIFICATE, Smtp, listening
from tests.unit.adapters.notifiers.test_messages import an_attempt


def send(receiver: Smtp, *, context=None, host: str = "127.0.0.1", **options) -> Outcome:
    async def body() -> Outcome:
        async with asyncio.timeout(10), listening(receiver.play, context) as port:
            server = Server(**({"host": host, "port": port, "ca_file": str(CERTIFICATE)} | options))
            to = ("soc@example.com", "duty@example.com")
            return await Email("mail", server, "siem@example.com", to).send(an_attempt())

    return asyncio.run(body())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("tls", ["starttls", "implicit", "none"])
def test_every_way_of_security_delivers_and_logs_in(tls, host):
    receiver = Smtp()
    context = Smtp.context() if tls == "implicit" else None
    login = {"user": "siem", "password": Secret("pw")}
    assert send(receiver, context=context, host=host, tls=tls, **login).state == "delivered"
    assert receiver.secured is (tls != "none")
    assert receiver.logins == ["\x00siem\x00pw"]
    assert len(receiver.mails) == 1


def test_without_a_user_there_is_no_login():
    receiver = Smtp()
    assert send(receiver).state == "delivered"
    assert receiver.logins == []


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_server_whose_certificate_nobody_vouches_for_hears_no_password(tls):
    receiver = Smtp()
    context = Smtp.context() if tls == "implicit" else None
    login = {"user": "siem", "password": Secret("pw")}
    outcome = send(receiver, context=context, tls=tls, ca_file="", **login)
    assert (outcome.state, outcome.detail) == ("retry", "no answer: SSLCertVerificationError")
    assert receiver.logins == []
    assert receiver.mails == []


@pytest.mark.parametrize(
    ("refused", "outcome"),
    [
        pytest.param((), ("delivered", "accepted"), id="none"),
        pytest.param(("duty@",), ("delivered", "accepted for 1 of 2 recipients"), id="one"),
        pytest.param(("@",), ("refused", "answered 550: no recipient was accepted"), id="all"),
    ],
)
def test_recipients_that_the_server_refuses_show(refused, outcome):
    # "@" alone would refuse the sender's MAIL FROM as well; only RCPT looks at it.
    got = send(Smtp(refused=refused))
    assert (got.state, got.detail) == outcome


def test_an_attempt_whose_time_is_up_sends_nothing_later():
    receiver = Smtp("hang")

    async def body() -> Outcome:
        async with asyncio.timeout(10), listening(receiver.play) as port:
            server = Server(host="127.0.0.1", port=port, tls="none", timeout_seconds=5)
            notifier = Email("mail", server, "siem@example.com", ("soc@example.com",), timeout_seconds=0.2)
            outcome = await notifier.send(an_attempt())
            # The thread ends with its socket, long before its own time-out.
            await asyncio.get_running_loop().run_in_executor(None, notifier._threads.shutdown)
            return outcome

    assert asyncio.run(body()).state == "retry"
    assert receiver.mails == []


def test_a_sender_that_is_no_address_is_an_error_at_start():
    with pytest.raises(ValueError):
        Email("mail", Server(host="127.0.0.1", port=25), "no address", ("soc@example.com",))
