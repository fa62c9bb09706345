"""What every notifier keeps to, whatever the service does: adapters/notifiers/contract.py says it in words."""

import asyncio
import base64
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import msgspec
import pytest

from seerflow import config
from seerflow.adapters import notifiers
from seerflow.adapters.notifiers.contract import Notifier
from seerflow.adapters.notifiers.email import Email, Server
from seerflow.adapters.notifiers.http import Endpoint
from seerflow.adapters.notifiers.pagerduty import PagerDuty
from seerflow.adapters.notifiers.slack import Slack
from seerflow.adapters.notifiers.teams import Teams
from seerflow.adapters.notifiers.terminal import Terminal
from seerflow.adapters.notifiers.webhook import Webhook
from seerflow.alerts.outbox import Attempt, Outcome
from seerflow.config import options
from seerflow.model.alert import Alert, Cause
from seerflow.model.finding import LEVELS, Evidence, Reason
from seerflow.model.log import Origin
from seerflow.problems import Secret
from tests.contracts.receivers import CERTIFICATE, FATES, Http, Smtp, listening

PATH_SECRET = "T00PATH/B00PATH/pathsecretpathsecret"
KEY_SECRET = "keysecretkeysecret"
HEADER_SECRET = "headersecretheadersecret"
PASSWORD = "mailsecretmailsecret"
LOGIN = base64.b64encode(f"\x00siem\x00{PASSWORD}".encode()).decode()
SECRETS = (PATH_SECRET, "pathsecretpathsecret", KEY_SECRET, HEADER_SECRET, PASSWORD, LOGIN)

T0 = 1_770_000_000_000_000
#: Short where the receiver never answers, long where it does and the machine is busy.
LIMITS_SECONDS = {"hang": 0.3, "drip": 0.3}


def an_attempt(text: str = "Failed password for root", level: str = "high", **more) -> Attempt:
    evidence = Evidence(event="e", origin=Origin("raw.syslog", 0, 7), time=T0, text=text)
    fields = {
        "id": "0123456789abcdef" * 2,
        "revision": 1,
        "notice": "new",
        "level": level,
        "title": f"Password guessing {text}",
        "story": "ssh-guessing",
        "key": (("source.ip", "198.51.100.23"), ("user.name", text)),
        "first": T0,
        "last": T0 + 3_000_000,
        "count": 6,
        "causes": (Cause(detector="correlation", rule="r", title=text, level=level),),
        "findings": ("f",),
        "evidence": (evidence,) * 12,
        "reasons": (Reason(text=text),) * 12,
        "tags": ("attack.t1110", text),
    }
    alert = Alert(**(fields | more))
    return Attempt(notifier="n", alert=alert, notices=(alert.notice,), number=1, key="k" * 32)


def endpoint(client: httpx.AsyncClient, port: int, limit: float) -> Endpoint:
    url = Secret(f"http://127.0.0.1:{port}/services/{PATH_SECRET}")
    return Endpoint(client=client, url=url, timeout_seconds=limit)


def webhook(client, port, limit=8.0) -> Notifier:
    headers = {"Authorization": Secret(f"Bearer {HEADER_SECRET}")}
    return Webhook("webhook", endpoint(client, port, limit), secret=Secret(KEY_SECRET), headers=headers)


def slack(client, port, limit=8.0) -> Notifier:
    return Slack("slack", endpoint(client, port, limit))


def teams(client, port, limit=8.0) -> Notifier:
    return Teams("teams", endpoint(client, port, limit))


def pagerduty(client, port, limit=8.0) -> Notifier:
    return PagerDuty("pagerduty", endpoint(client, port, limit), Secret(KEY_SECRET))


def email(_client, port, limit=8.0) -> Notifier:
    server = Server(
        host="127.0.0.1",
        port=port,
        user="siem",
        password=Secret(PASSWORD),
        ca_file=str(CERTIFICATE),
        timeout_seconds=limit * 2,
    )
    to = ("soc@example.com", "duty@example.com")
    return Email("email", server, "siem@example.com", to, timeout_seconds=limit)


HTTP = (webhook, slack, teams, pagerduty)
ALL = (*HTTP, email)


@contextlib.asynccontextmanager
async def told(make: Callable[..., Notifier], fate: str) -> AsyncIterator[tuple[Notifier, Http | Smtp]]:
    receiver = Smtp(fate) if make is email else Http(fate)
    async with (
        listening(receiver.play) as port,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        yield make(client, port, LIMITS_SECONDS.get(fate, 8.0)), receiver


def run(make: Callable[..., Notifier], fate: str, attempt: Attempt) -> tuple[Outcome, Http | Smtp]:
    async def body() -> tuple[Outcome, Http | Smtp]:
        async with told(make, fate) as (notifier, receiver):
            return await notifier.send(attempt), receiver

    return asyncio.run(within(body()))


async def within(work: Awaitable, seconds: float = 10.0):
    async with asyncio.timeout(seconds):
        return await work


def name_of(make: Callable[..., Notifier]) -> str:
    return make.__name__


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_every_fate_has_its_outcome_in_time(make, fate):
    began = time.monotonic()
    outcome, _ = run(make, fate, an_attempt())
    assert outcome.state == FATES[fate]
    assert outcome.detail
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_no_secret_reaches_a_detail_a_log_or_a_repr(make, fate, caplog):
    caplog.set_level(logging.DEBUG)

    async def body() -> str:
        notifiers.open_client()  # quiets the loggers of the HTTP client
        async with told(make, fate) as (notifier, _):
            outcome = await notifier.send(an_attempt())
            return f"{outcome} {notifier!r} {vars(notifier)!r}"

    shown = asyncio.run(within(body())) + caplog.text + "".join(repr(one.args) for one in caplog.records)
    for secret in SECRETS:
        assert secret not in shown


@pytest.mark.parametrize("make", HTTP, ids=name_of)
def test_a_receiver_that_is_not_there_is_tried_again(make):
    async def body() -> Outcome:
        async with listening(Http().play) as port:
            pass
        async with httpx.AsyncClient(trust_env=False) as client:
            return await make(client, port).send(an_attempt())

    assert asyncio.run(within(body())).state == "retry"


@pytest.mark.parametrize("make", HTTP, ids=name_of)
def test_a_redirect_is_refused_and_not_followed(make):
    async def body() -> tuple[Outcome, Http]:
        other = Http()
        async with listening(other.play) as elsewhere:
            first = Http(
                status="307 Temporary Redirect", headers=f"Location: http://127.0.0.1:{elsewhere}/\r\n"
            )
            async with (
                listening(first.play) as port,
                httpx.AsyncClient(trust_env=False, follow_redirects=True) as client,
            ):
                return await make(client, port).send(an_attempt()), other

    outcome, other = asyncio.run(within(body()))
    assert (outcome.state, other.requests) == ("refused", [])
    assert "redirect" in outcome.detail


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        pytest.param("Retry-After: 7\r\n", 7_000_000, id="seconds"),
        pytest.param(
            "Date: Tue, 03 Mar 2026 10:00:00 GMT\r\nRetry-After: Tue, 03 Mar 2026 10:02:00 GMT\r\n",
            120_000_000,
            id="a date, by the receiver's own clock",
        ),
        pytest.param(
            "Date: Tue, 03 Mar 2026 10:00:00 GMT\r\nRetry-After: Tue, 03 Mar 2026 09:00:00 GMT\r\n",
            0,
            id="a date that has passed",
        ),
        pytest.param("Retry-After: soon\r\n", 0, id="a word"),
        pytest.param("Retry-After: -1\r\n", 0, id="negative"),
        pytest.param("", 0, id="nothing"),
    ],
)
@pytest.mark.parametrize("make", HTTP, ids=name_of)
def test_the_receiver_says_when_to_come_back(make, headers, after):
    async def body() -> Outcome:
        receiver = Http(status="429 Too Many Requests", headers=headers)
        async with listening(receiver.play) as port, httpx.AsyncClient(trust_env=False) as client:
            return await make(client, port).send(an_attempt())

    outcome = asyncio.run(within(body()))
    assert (outcome.state, outcome.after) == ("retry", after)


@pytest.mark.parametrize("make", HTTP, ids=name_of)
def test_an_endless_answer_is_read_to_its_bound(make):
    async def body() -> Outcome:
        receiver = Http(status="400 Bad Request", body=b"x" * 5_000_000)
        async with listening(receiver.play) as port, httpx.AsyncClient(trust_env=False) as client:
            return await make(client, port).send(an_attempt())

    outcome = asyncio.run(within(body()))
    assert outcome.state == "refused"
    assert len(outcome.detail) < 200


HOSTILE = [
    pytest.param("\x1b]0;owned\x07\x1b[2J", id="terminal escapes"),
    pytest.param("a\r\nBcc: victim@example.com\r\n\r\nbody", id="mail headers"),
    pytest.param("\u202egnp.exe\u2066", id="reading order turned round"),
    pytest.param("<!channel> <https://198.51.100.9|click> & ``` `", id="markup of Slack"),
    pytest.param("[click](https://198.51.100.9) **bold** {{DATE(x)}} <at>all</at>", id="markup of Teams"),
    pytest.param("\x00\udc80\ufeff", id="what is no text"),
    pytest.param("very long " * 20_000, id="very long"),
    pytest.param("", id="nothing"),
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_whatever_a_log_holds_is_told_whole_and_within_bounds(make, text):
    # Texts come from JSON or from decoded bytes; a lone surrogate would have been repaired there.
    attempt = an_attempt(text.replace("\udc80", "\ufffd"))
    outcome, receiver = run(make, "ok", attempt)
    assert outcome.state == "delivered"
    if isinstance(receiver, Smtp):
        (mail,) = receiver.mails
        assert len(mail) < 30_000
        head = mail.split(b"\r\n\r\n")[0]
        assert b"\nBcc:" not in head
        assert b"\x1b" not in mail
    else:
        (request,) = receiver.requests
        if make is not webhook:  # it alone sends the whole alert, for machines
            assert len(request.body) < 28_000
            assert "\u202e".encode() not in request.body
            assert b"\\u001b" not in request.body
        msgspec.json.decode(request.body)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("make", ALL, ids=name_of)
def test_every_level_can_be_told(make, level):
    assert run(make, "ok", an_attempt(level=level))[0].state == "delivered"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_log_steers_the_terminal(text):
    written: list[str] = []
    outcome = asyncio.run(Terminal("t", written.append, colour=False).send(an_attempt(text)))
    assert outcome.state == "delivered"
    assert all(one.isprintable() or one == "\n" for one in written[0])
    assert len(written[0]) < 20_000


def test_a_terminal_that_cannot_be_written_to_is_tried_again():
    def full(_text: str) -> None:
        raise OSError(28, "No space left on device")

    outcome = asyncio.run(Terminal("t", full).send(an_attempt()))
    assert (outcome.state, outcome.detail) == ("retry", "cannot write: OSError")


def test_every_kind_in_the_configuration_is_built_and_tested(tmp_path):
    file = tmp_path / "secret"
    file.write_text("http://127.0.0.1/x\n")
    document = {
        "notifiers": [
            {"type": "terminal"},
            {"type": "webhook", "url": "http://127.0.0.1/x", "secret_file": str(file), "headers": {"X": "y"}},
            {"type": "slack", "url_file": str(file)},
            {"type": "teams", "url_file": str(file)},
            {"type": "pagerduty", "key_file": str(file)},
            {
                "type": "email",
                "host": "127.0.0.1",
                "sender": "a@example.com",
                "recipients": ["b@example.com"],
            },
        ]
    }
    assert config.problems(document) == []
    made = notifiers.build(msgspec.convert(document, options.Config), httpx.AsyncClient())
    assert [one.name for one in made] == [make.__name__ for make in (terminal_kind, *ALL)]
    assert set(notifiers.NOTIFIERS) == set(options.Notifier.__args__)


def terminal_kind() -> None: ...


terminal_kind.__name__ = "terminal"
