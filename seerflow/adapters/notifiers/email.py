"""E-mail over SMTP (RFC 5321, 5322), with TLS from the first byte or after STARTTLS (RFC 8314, RFC 3207).

The Message-ID comes from the alert's id and revision: an attempt that is repeated after a crash is the same
mail to every server that looks. Later revisions answer the first one told (In-Reply-To), so they hang together.
smtplib blocks; it runs in threads of its own, and when an attempt's time is up its socket is closed under it.
"""

import asyncio
import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate

from msgspec import Struct

from seerflow.adapters.notifiers.contract import ATTEMPT_TIMEOUT_SECONDS
from seerflow.adapters.notifiers.wording import clean, plain, words
from seerflow.alerts.outbox import Attempt, Outcome
from seerflow.model import entity
from seerflow.problems import Secret

MAX_SUBJECT = 200
MAX_SHOWN = 160

#: Recipients that the server would not take, with its code and words.
Refused = dict[str, tuple[int, bytes]]


class Server(Struct, frozen=True, kw_only=True):
    """The mail server. `tls`: "implicit" (port 465), "starttls" (587) or "none" (a relay on this machine)."""

    host: str
    port: int
    tls: str = "starttls"
    user: str = ""
    password: Secret = Secret(value="")
    ca_file: str = ""
    timeout_seconds: float = 10.0


class Email:
    """Sends to some addresses through one server."""

    def __init__(
        self,
        name: str,
        server: Server,
        sender: str,
        recipients: tuple[str, ...],
        *,
        clock: Callable[[], float] = time.time,
        timeout_seconds: float = ATTEMPT_TIMEOUT_SECONDS,
    ) -> None:
        self.name = name
        Address(addr_spec=sender)  # an address that is none is an error at start, not at the first alert
        self._server, self._sender, self._recipients = server, sender, recipients
        self._clock, self._timeout = clock, timeout_seconds
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix=f"email-{name}")

    async def send(self, attempt: Attempt) -> Outcome:
        """Hand the mail to the server."""
        mail = message(attempt, self._sender, self._recipients, self._clock())
        session = _Session(self._server)
        loop = asyncio.get_running_loop()
        handed = loop.run_in_executor(self._threads, session.hand_over, mail)
        try:
            async with asyncio.timeout(self._timeout):
                refused = await handed
        except TimeoutError:
            return Outcome(state="retry", detail=f"no answer in {self._timeout:g} s")
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(min(code for code, _ in error.recipients.values()), "no recipient was accepted")
        except smtplib.SMTPAuthenticationError as error:
            # Its text may show the login again, in base64: it is not passed on.
            return _refused(error.smtp_code, "the login was not accepted")
        except smtplib.SMTPResponseException as error:
            return _refused(error.smtp_code, clean(_decoded(error.smtp_error), MAX_SHOWN))
        except smtplib.SMTPNotSupportedError:
            return Outcome(state="refused", detail="the server offers no STARTTLS or no login")
        except (smtplib.SMTPException, OSError) as error:
            return Outcome(state="retry", detail=f"no answer: {type(error).__name__}")
        finally:
            session.cut()  # whatever ended the wait ends the thread's work too
        return _delivered(len(self._recipients), refused)


class _Session:
    """One conversation, in a thread of its own, that can be cut off from outside."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None
        self._over = False

    def hand_over(self, mail: EmailMessage) -> Refused:
        """Connect, log in, send; give the recipients that were refused."""
        server = self._server
        context = ssl.create_default_context(cafile=server.ca_file or None)
        smtp = (
            _TlsSession(server, context, self._opened)
            if server.tls == "implicit"
            else _Plain(server, self._opened)
        )
        with contextlib.closing(smtp):
            if server.tls == "starttls":
                smtp.starttls(context=context)
            if server.user:
                smtp.login(server.user, server.password.value)
            if self._over:  # the attempt's time is up: its mail must not leave after all
                raise smtplib.SMTPServerDisconnected("cut")
            refused: Refused = smtp.send_message(mail)
            with contextlib.suppress(smtplib.SMTPException, OSError):  # the mail has been accepted
                smtp.quit()
            return refused

    def cut(self) -> None:
        """End whatever the thread waits for. Closing alone would not wake a thread that reads."""
        self._over = True
        sock = self._smtp.sock if self._smtp else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _opened(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp


class _Plain(smtplib.SMTP):
    """A session that is known before it waits for the server's first words."""

    def __init__(self, server: Server, opened: Callable[[smtplib.SMTP], None]) -> None:
        opened(self)
        super().__init__(server.host, server.port, timeout=server.timeout_seconds)


class _TlsSession(smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""

    def __init__(
        self, server: Server, context: ssl.SSLContext, opened: Callable[[smtplib.SMTP], None]
    ) -> None:
        opened(self)
        super().__init__(server.host, server.port, timeout=server.timeout_seconds, context=context)


def message(attempt: Attempt, sender: str, recipients: tuple[str, ...], now: float) -> EmailMessage:
    """Write the mail. `now`: seconds since 1970, for its Date."""
    alert, said = attempt.alert, words(attempt)
    domain = Address(addr_spec=sender).domain
    first = attempt.first or alert.revision
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"], mail["To"] = sender, ", ".join(recipients)
    mail["Date"] = formatdate(now)
    mail["Message-ID"] = f"<{alert.id}.{alert.revision}@{domain}>"
    if first != alert.revision:
        mail["In-Reply-To"] = mail["References"] = f"<{alert.id}.{first}@{domain}>"
    # The law about headers is kept by wording.clean: one line, no controls.
    subject = f"{said.notice.split(':')[0]}, {said.level}: {said.title}: {entity.show(alert.key)}"
    mail["Subject"] = clean(subject, MAX_SUBJECT)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers this
    mail.set_content(plain(said), cte="quoted-printable")  # the oldest relay passes it on unchanged
    return mail


def _refused(code: int, said: str) -> Outcome:
    # RFC 5321, 4.2.1: 4yz may be tried again, 5yz may not. smtplib says -1 for an answer that is none.
    state = "refused" if code >= 500 else "retry"  # noqa: PLR2004  # RFC 5321
    return Outcome(state=state, detail=f"answered {code}: {said}")


def _decoded(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _delivered(count: int, refused: Refused) -> Outcome:
    detail = "accepted" if not refused else f"accepted for {count - len(refused)} of {count} recipients"
    return Outcome(state="delivered", detail=detail)
