"""One small HTTP server a worker: `/metrics`, `/healthz` (should it be restarted?), `/readyz` (does it work?).

It listens on the loopback interface unless told otherwise, reads nothing from a request but its path, and answers
GET and HEAD only. A check gives "" where all is well, else what is wrong, in words for an operator. Each answer names
the worker and its process, so that nobody takes another's answer for it.
"""

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec
from aiohttp import web

from seerflow.adapters.metrics import CONTENT_TYPE
from seerflow.errors import OperatorError

Check = Callable[[], str]

_NONE: Mapping[str, Check] = MappingProxyType({})

#: Seconds that an idle connection is kept: scrapers come every 10 to 60 s.
_KEEP_SECONDS = 75.0


class Health:
    """The server. Lives in the worker's event loop, so a loop that hangs fails its probes."""

    def __init__(
        self,
        metrics: Callable[[], bytes],
        live: Mapping[str, Check] = _NONE,
        ready: Mapping[str, Check] = _NONE,
        *,
        worker: str = "",
        ports: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        """`worker` names stage and instance ("correlate-0"); `ports` gives where its collectors listen."""
        self._metrics, self._live, self._ready = metrics, live, ready
        self._worker, self._ports = worker, ports
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; give the port (0 takes a free one)."""
        app = web.Application(client_max_size=1024)
        app.router.add_get("/metrics", self._show_metrics)
        app.router.add_get("/healthz", self._show_live)
        app.router.add_get("/readyz", self._show_ready)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=_KEEP_SECONDS, handle_signals=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            raise OperatorError(
                f"metrics cannot listen at {host}:{port} ({error.strerror}); set metrics.listen or metrics.base_port"
            ) from error
        self._runner = runner
        bound: int = runner.addresses[0][1]
        return bound

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _show_metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics(), headers={"Content-Type": CONTENT_TYPE})

    async def _show_live(self, _: web.Request) -> web.Response:
        return self._answer(self._live)

    async def _show_ready(self, _: web.Request) -> web.Response:
        return self._answer(self._ready)

    def _answer(self, checks: Mapping[str, Check]) -> web.Response:
        found = {name: _looked(check) for name, check in checks.items()}
        body = {
            "ok": not any(found.values()),
            "worker": self._worker,
            "pid": os.getpid(),
            "listening": self._ports(),
            "checks": {name: wrong or "ok" for name, wrong in found.items()},
        }
        return web.Response(
            body=msgspec.json.encode(body),
            status=200 if body["ok"] else 503,
            content_type="application/json",
        )


def _looked(check: Check) -> str:
    try:
        return check()
    except Exception as error:  # noqa: BLE001  # a check that fails to look has not found that all is well
        return f"a bug of ours: {type(error).__name__}"
