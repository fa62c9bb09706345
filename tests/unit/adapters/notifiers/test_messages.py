"""What each service is told, to the letter where the service or an attacker cares for letters."""

import hashlib
import hmac

import msgspec
import pytest

from seerflow.adapters.notifiers import email, pagerduty, slack, teams, terminal, webhook
from seerflow.adapters.notifiers.wording import clean, plain, rfc3339, words
from seerflow.alerts.outbox import Attempt
from seerflow.model.alert import Alert, Cause
from seerflow.model.finding import Evidence, Reason
from seerflow.model.log import Origin
from seerflow.problems import Secret

T0 = 1_772_532_434_000_000  # 2026-03-03T10:07:14Z
LINE = "Failed password for invalid user admin from 198.51.100.23 port 44821 ssh2"


def an_attempt(*notices: str, first: int = 0, **more) -> Attempt:
    fields = {
        "id": "ab" * 16,
        "revision": 1,
        "notice": notices[-1] if notices else "new",
        "level": "high",
        "title": "SSH password guessing",
        "story": "ssh-guessing",
        "key": (("source.ip", "198.51.100.23"),),
        "first": T0,
        "last": T0 + 3_000_000,
        "count": 6,
        "causes": (Cause(detector="correlation", rule="r", title="SSH brute force", level="high"),),
        "findings": ("f",),
        "evidence": (Evidence(event="e", origin=Origin("raw.syslog", 0, 7), time=T0, text=LINE),),
        "reasons": (Reason(text="6 failures in 3 s, more than 5 in 60 s"),),
        "tags": ("attack.t1110",),
    }
    return Attempt(
        notifier="n",
        alert=Alert(**(fields | more)),
        notices=notices or ("new",),
        number=1,
        key="k" * 32,
        first=first,
    )


def test_the_plain_text_says_all_that_matters():
    assert (
        plain(words(an_attempt()))
        == f"""New, high: SSH password guessing

about     source.ip=198.51.100.23
when      2026-03-03T10:07:14Z to 2026-03-03T10:07:17Z
events    6
found by  SSH brute force
tags      attack.t1110
alert     {"ab" * 16} revision 1

why
  6 failures in 3 s, more than 5 in 60 s

evidence
  2026-03-03T10:07:14Z {LINE}
"""
    )


@pytest.mark.parametrize(
    ("notices", "said"),
    [
        pytest.param(("new",), "New", id="new"),
        pytest.param(("new", "escalated"), "New, Escalated", id="both in one message"),
        pytest.param(("reopened",), "Reopened", id="again"),
        pytest.param(
            ("retracted",),
            "Retracted: later evidence shows that it did not happen",
            id="taken back",
        ),
    ],
)
def test_the_notice_is_said_first(notices, said):
    assert words(an_attempt(*notices)).notice == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain", "plain", id="as it is"),
        pytest.param("a\x1b[31mb", "a\ufffd[31mb", id="terminal escape"),
        pytest.param("a\r\nb\tc", "a\ufffd\ufffdb\ufffdc", id="line break, tab"),
        pytest.param("\u202eexe", "\ufffdexe", id="right to left"),
        pytest.param("a\u200bb", "a\ufffdb", id="zero width"),
        pytest.param("\ud800", "\ufffd", id="half a character"),
        pytest.param("  a   b ", "a b", id="spaces"),
        pytest.param("x" * 10, "x" * 10, id="at the limit"),
        pytest.param("x" * 11, "x" * 9 + "…", id="over the limit"),
        pytest.param("grüße 日本", "grüße 日本", id="any language"),
    ],
)
def test_a_text_is_shown_as_one_harmless_line(text, shown):
    assert clean(text, 10) == shown


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        pytest.param(T0, "2026-03-03T10:07:14Z", id="now"),
        pytest.param(0, "1970-01-01T00:00:00Z", id="the beginning"),
        pytest.param(-1, "1969-12-31T23:59:59Z", id="before it"),
        pytest.param(10**20, str(10**20), id="no such year"),
    ],
)
def test_times_are_utc(time, shown):
    assert rfc3339(time) == shown


def test_evidence_that_is_not_shown_is_counted():
    evidence = an_attempt().alert.evidence * 7
    assert words(an_attempt(evidence=evidence)).evidence[-1] == "and 2 more in the alert"


def test_evidence_without_a_text_shows_its_values():
    one = Evidence(event="e", origin=Origin("t", 0, 0), time=T0, values={"user.name": "admin"})
    assert words(an_attempt(evidence=(one,))).evidence == ("2026-03-03T10:07:14Z user.name=admin",)


def test_a_receiver_can_check_the_webhooks_signature():
    body = webhook.document(an_attempt())
    signature = dict(one.split("=") for one in webhook.sign(Secret("s3cret"), 1_772_532_434, body).split(","))
    expected = hmac.new(b"s3cret", signature["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert signature == {"t": "1772532434", "v1": expected}


def test_the_webhooks_document_carries_the_whole_alert():
    attempt = an_attempt("new", "escalated")
    document = msgspec.json.decode(webhook.document(attempt))
    assert document["notices"] == ["new", "escalated"]
    assert document["key"] == attempt.key
    assert msgspec.convert(document["alert"], Alert) == attempt.alert


def test_slack_reads_no_markup_of_a_log():
    hostile = "<!channel> <https://198.51.100.9|bank> & ```end"
    body = slack.message(words(an_attempt(title=hostile, evidence=evidence_of(hostile))))
    header, *rest = body["blocks"]
    assert header["text"]["type"] == "plain_text"
    for block in rest:
        assert block["text"]["verbatim"] is True
        assert "<" not in block["text"]["text"]
        assert "& " not in block["text"]["text"]
    assert rest[-1]["text"]["text"].count("```") == 2
    assert "<" not in body["text"]


def test_slack_keeps_its_lengths_and_cuts_no_escape_in_half():
    for length in range(2900, 3010):
        body = slack.message(words(an_attempt(evidence=evidence_of("&" * length))))
        for block in body["blocks"]:
            text = block["text"]["text"]
            assert len(text) <= (150 if block["type"] == "header" else 3000)
            assert text.replace("&amp;", "").count("&") == 0


@pytest.mark.parametrize("length", [*range(1, 12), 2999, 3000, 3001])
def test_slack_cuts_at_every_place_of_an_escape(length):
    cut = slack._cut("&lt;&amp;" * 400, length)
    assert len(cut) <= length
    assert cut.replace("&lt;", "").replace("&amp;", "").rstrip("…") == ""


def test_teams_reads_no_markdown_of_a_log():
    hostile = "[bank](https://198.51.100.9) **b** {{DATE(1)}}"
    body = teams.message(words(an_attempt(title=hostile, evidence=evidence_of(hostile))))
    (attachment,) = msgspec.json.decode(body)["attachments"]
    kinds = set(types_of(attachment["content"]["body"]))
    assert kinds == {"Container", "RichTextBlock", "TextRun"}  # TextBlock and FactSet read Markdown


def types_of(node):
    if isinstance(node, list):
        for one in node:
            yield from types_of(one)
    elif isinstance(node, dict):
        yield node["type"]
        for value in node.values():
            if isinstance(value, list):
                yield from types_of(value)


def test_teams_leaves_out_evidence_that_would_not_fit():
    body = teams.message(words(an_attempt(evidence=evidence_of("😀" * 300) * 6, tags=("😀" * 300,))))
    assert len(body) <= teams.MAX_MESSAGE
    monster = msgspec.structs.replace(words(an_attempt()), evidence=("x" * 20_000,) * 2)
    small = teams.message(monster)
    assert 20_000 < len(small) <= teams.MAX_MESSAGE


def evidence_of(text: str) -> tuple[Evidence, ...]:
    return (Evidence(event="e", origin=Origin("t", 0, 0), time=T0, text=text),)


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        ("informational", "info"),
        ("low", "info"),
        ("medium", "warning"),
        ("high", "error"),
        ("critical", "critical"),
    ],
)
def test_pagerduty_has_four_severities(level, severity):
    event = pagerduty.event(an_attempt(level=level), "key")
    assert event["payload"]["severity"] == severity


def test_pagerduty_has_one_incident_an_alert_and_resolves_it():
    new = pagerduty.event(an_attempt("new"), "key")
    escalated = pagerduty.event(an_attempt("escalated", revision=2, level="critical"), "key")
    retracted = pagerduty.event(an_attempt("retracted", revision=3, state="retracted"), "key")
    assert [one["event_action"] for one in (new, escalated, retracted)] == ["trigger", "trigger", "resolve"]
    assert {one["dedup_key"] for one in (new, escalated, retracted)} == {"ab" * 16}
    assert set(retracted) == {"routing_key", "event_action", "dedup_key"}
    assert new["payload"]["timestamp"] == "2026-03-03T10:07:14Z"


def a_mail(*notices: str, **more):
    return email.message(an_attempt(*notices, **more), "siem@example.com", ("soc@example.com",), 1.77e9)


def test_a_repeated_attempt_is_the_same_mail():
    assert a_mail()["Message-ID"] == a_mail()["Message-ID"] == f"<{'ab' * 16}.1@example.com>"


def test_later_mails_answer_the_first_one_told():
    first, later = a_mail(revision=2), a_mail("escalated", revision=5, first=2)
    assert "In-Reply-To" not in first
    assert later["In-Reply-To"] == later["References"] == first["Message-ID"]
    assert later["Message-ID"] != first["Message-ID"]


def test_a_title_makes_no_header():
    mail = a_mail(title="x\r\nBcc: victim@example.com\r\n\r\nhello")
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("New, high: x")
    assert b"\nBcc" not in mail.as_bytes().split(b"\r\n\r\n")[0]


def test_mail_survives_relays_that_know_seven_bits_only():
    mail = a_mail(title="Grüße", evidence=evidence_of("日本 " * 50))
    assert all(byte < 128 for byte in mail.as_bytes())
    assert "日本" in mail.get_content()


def test_the_terminal_shows_colour_only_where_it_is_wanted():
    said = words(an_attempt())
    assert "\x1b[31mNew, high: SSH password guessing\x1b[0m" in terminal.block(said, colour=True)
    assert "\x1b" not in terminal.block(said, colour=False)
