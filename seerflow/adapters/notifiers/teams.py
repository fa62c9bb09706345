"""Microsoft Teams: an Adaptive Card to a Workflows webhook ("post to a channel when a webhook request is received").

References: https://adaptivecards.io/explorer and Microsoft's "Create incoming webhooks with Workflows": a
message with one attachment, 28 KB at most. Texts from logs stand in TextRun, which reads no Markdown.
"""

import msgspec

from seerflow.adapters.notifiers.http import Endpoint, post
from seerflow.adapters.notifiers.wording import Words, words
from seerflow.alerts.outbox import Attempt, Outcome

#: Bytes of a message; over it Teams answers 413. Ours stay below by the bounds of wording.py.
MAX_MESSAGE = 28_000

_STYLES = {
    "informational": "default",
    "low": "accent",
    "medium": "warning",
    "high": "attention",
    "critical": "attention",
}

Node = dict[str, object]


class Teams:
    """Posts to one channel's workflow."""

    def __init__(self, name: str, to: Endpoint) -> None:
        self.name = name
        self._to = to

    async def send(self, attempt: Attempt) -> Outcome:
        """Post the card."""
        return await post(self._to, message(words(attempt)))


def message(said: Words) -> bytes:
    """Give the message; evidence that would not fit is left out from the end."""
    for kept in range(len(said.evidence), -1, -1):
        body = msgspec.json.encode(_message(said, said.evidence[:kept]))
        if len(body) <= MAX_MESSAGE:
            return body
    return body


def _message(said: Words, evidence: tuple[str, ...]) -> Node:
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": f"{said.notice}, {said.level}: {said.title}",
        "msteams": {"width": "Full"},
        "body": [
            {
                "type": "Container",
                "style": "good" if said.retracted else _STYLES.get(said.level, "default"),
                "bleed": True,
                "items": [
                    _text((f"{said.level}: {said.title}", {"weight": "Bolder", "size": "Medium"})),
                    _text((said.notice, {})),
                ],
            },
            *(_text((f"{label}  ", {"isSubtle": True}), (value, {})) for label, value in said.facts),
            *(_text((f"• {reason}", {})) for reason in said.reasons),
            *(_text((line, {"fontType": "Monospace", "size": "Small"})) for line in evidence),
        ],
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return {"type": "message", "attachments": [attachment]}


def _text(*runs: tuple[str, Node]) -> Node:
    inlines = [{"type": "TextRun", "text": text, **look} for text, look in runs]
    return {"type": "RichTextBlock", "inlines": inlines}
