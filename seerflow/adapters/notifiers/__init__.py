"""Those who tell people. Each module tells one service; `build` makes the ones that the configuration names."""

from collections.abc import Callable

import httpx

from seerflow.adapters.notifiers.contract import Notifier
from seerflow.adapters.notifiers.email import Email, Server
from seerflow.adapters.notifiers.http import Endpoint, open_client
from seerflow.adapters.notifiers.pagerduty import EVENTS_URL, PagerDuty
from seerflow.adapters.notifiers.slack import Slack
from seerflow.adapters.notifiers.teams import Teams
from seerflow.adapters.notifiers.terminal import Terminal
from seerflow.adapters.notifiers.webhook import Webhook
from seerflow.alerts.outbox import Route
from seerflow.config import Config, options, secret
from seerflow.errors import OperatorError
from seerflow.model.finding import LEVELS
from seerflow.problems import Secret

__all__ = ["NOTIFIERS", "Notifier", "build", "open_client", "routes"]


def _terminal(said: options.Terminal, _: httpx.AsyncClient) -> Notifier:
    return Terminal(said.name)


def _webhook(said: options.Webhook, client: httpx.AsyncClient) -> Notifier:
    return Webhook(
        said.name,
        Endpoint(client=client, url=secret(said.url_file) if said.url_file else Secret(said.url or "")),
        secret=secret(said.secret_file) if said.secret_file else None,
        headers={name: Secret(value) for name, value in said.headers.items()},
    )


def _slack(said: options.Slack, client: httpx.AsyncClient) -> Notifier:
    return Slack(said.name, Endpoint(client=client, url=secret(said.url_file)))


def _teams(said: options.Teams, client: httpx.AsyncClient) -> Notifier:
    return Teams(said.name, Endpoint(client=client, url=secret(said.url_file)))


def _pagerduty(said: options.PagerDuty, client: httpx.AsyncClient) -> Notifier:
    return PagerDuty(
        said.name, Endpoint(client=client, url=Secret(said.url or EVENTS_URL)), secret(said.key_file)
    )


def _email(said: options.Email, _: httpx.AsyncClient) -> Notifier:
    password = secret(said.password_file) if said.password_file else Secret("")
    server = Server(host=said.host, port=said.port, tls=said.tls, user=said.user, password=password)
    return Email(said.name, server, said.sender, said.recipients)


#: Every kind of notifier: its options and what makes it.
NOTIFIERS: dict[type[options.Notifier], Callable[..., Notifier]] = {
    options.Terminal: _terminal,
    options.Webhook: _webhook,
    options.Slack: _slack,
    options.Teams: _teams,
    options.PagerDuty: _pagerduty,
    options.Email: _email,
}


def build(config: Config, client: httpx.AsyncClient) -> list[Notifier]:
    """Make the notifiers that the configuration names; reads their secrets. OperatorError: one cannot be made."""
    made: list[Notifier] = []
    for said in config.notifiers:
        try:
            made.append(NOTIFIERS[type(said)](said, client))
        except ValueError as error:  # a header or an address that cannot be sent; the value may be secret
            raise OperatorError(f"notifier {said.name!r}: an option cannot be used as it stands") from error
    return made


def routes(config: Config) -> tuple[Route, ...]:
    """Give who hears of what: the configured routes, or all notifiers; each never below its own min_level."""
    if not config.routes:
        return tuple(Route(notifier=one.name, level=one.min_level) for one in config.notifiers)
    least = {one.name: one.min_level for one in config.notifiers}
    return tuple(
        Route(
            notifier=name,
            level=max(route.min_level, least[name], key=LEVELS.index),
            stories=route.stories,
            tags=route.tags,
        )
        for route in config.routes
        for name in route.notifiers
    )
