"""Slack: an incoming webhook with Block Kit.

References: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks (errors in the answer's
text), https://docs.slack.dev/reference/block-kit/blocks (lengths), and "Formatting text" (only &, < and > are
escaped). Texts are `verbatim`, so nothing in a log becomes a link, a channel or somebody's name.
"""

import msgspec

from seerflow.adapters.notifiers.http import Endpoint, post
from seerflow.adapters.notifiers.wording import Words, words
from seerflow.alerts.outbox import Attempt, Outcome

MAX_HEADER = 150
MAX_SECTION = 3000

Block = dict[str, object]


class Slack:
    """Posts to one channel's webhook."""

    def __init__(self, name: str, to: Endpoint) -> None:
        self.name = name
        self._to = to

    async def send(self, attempt: Attempt) -> Outcome:
        """Post the message."""
        body = msgspec.json.encode(message(words(attempt)))
        return await post(self._to, body)


def message(said: Words) -> Block:
    """Give the message: a header, the facts, the reasons, the evidence. `text` is what notifications show."""
    headline = f"{said.level}: {said.title}"
    facts = "\n".join(f"*{label}*  {escape(value)}" for label, value in said.facts)
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": headline[:MAX_HEADER], "emoji": False}},
        _section(f"*{escape(said.notice)}*\n{facts}"),
    ]
    if said.reasons:
        blocks.append(_section("\n".join(f"• {escape(reason)}" for reason in said.reasons)))
    if said.evidence:
        # Inside a code block only its end could be forged.
        lines = "\n".join(escape(line).replace("`", "'") for line in said.evidence)
        blocks.append(_section(f"```{_cut(lines, MAX_SECTION - 6)}```"))
    return {"text": f"{escape(said.notice)}, {escape(headline)}", "blocks": blocks}


def escape(text: str) -> str:
    """Escape the three characters that Slack reads."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> Block:
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": _cut(text, MAX_SECTION), "verbatim": True},
    }


def _cut(text: str, limit: int) -> str:
    """Cut to the limit, but not inside an escape: `&am` would be shown as it stands."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    begun, ended = kept.rfind("&"), kept.rfind(";")
    return (kept[:begun] if begun > ended else kept) + "…"
