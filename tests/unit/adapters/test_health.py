"""The small HTTP server of each worker, asked over a real connection."""

import asyncio
import os

import httpx
import pytest

from seerflow.adapters.health import Health
from seerflow.adapters.metrics import Metrics
from seerflow.errors import OperatorError


def ask(path: str, method: str = "GET", *, live=None, ready=None) -> httpx.Response:
    async def body() -> httpx.Response:
        metrics = Metrics("parse")
        metrics.add("seerflow_parse_logs_in_total", 3)
        health = Health(metrics.text, live or {}, ready or {}, worker="parse-0")
        port = await health.start()
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                return await client.request(method, f"http://127.0.0.1:{port}{path}")
        finally:
            await health.stop()

    return asyncio.run(body())


def broken() -> str:
    raise KeyError("hunter2")


def test_metrics_are_prometheus_text():
    answer = ask("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "seerflow_parse_logs_in_total 3.0" in answer.text
    assert "process_resident_memory_bytes" in answer.text


@pytest.mark.parametrize(
    ("path", "live", "ready", "status", "body"),
    [
        pytest.param("/healthz", {}, {}, 200, {"ok": True, "checks": {}}, id="alive"),
        pytest.param(
            "/readyz",
            {},
            {"partitions": lambda: "", "rules": lambda: "not loaded yet"},
            503,
            {"ok": False, "checks": {"partitions": "ok", "rules": "not loaded yet"}},
            id="not ready, and why",
        ),
        pytest.param(
            "/healthz",
            {},
            {"rules": lambda: "not loaded yet"},
            200,
            {"ok": True, "checks": {}},
            id="not ready is no reason to restart",
        ),
        pytest.param(
            "/healthz",
            {"progress": lambda: "raw.syslog/0 stands still"},
            {},
            503,
            {"ok": False, "checks": {"progress": "raw.syslog/0 stands still"}},
            id="standing still is",
        ),
        pytest.param(
            "/readyz",
            {},
            {"broken": broken},
            503,
            {"ok": False, "checks": {"broken": "a bug of ours: KeyError"}},
            id="a check that fails finds nothing well, and tells no secret",
        ),
    ],
)
def test_checks_say_what_is_wrong(path, live, ready, status, body):
    answer = ask(path, live=live, ready=ready)
    assert answer.status_code == status
    said = answer.json()
    assert {name: said[name] for name in body} == body
    assert (said["worker"], said["pid"]) == ("parse-0", os.getpid())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("HEAD", "/healthz", 200),
        ("POST", "/healthz", 405),
        ("DELETE", "/metrics", 405),
        ("GET", "/", 404),
        ("GET", "/metrics/../../etc/passwd", 404),
    ],
)
def test_nothing_else_is_served(method, path, status):
    assert ask(path, method).status_code == status


def test_a_taken_port_is_told_in_words():
    async def body() -> None:
        one, two = Health(bytes), Health(bytes)
        port = await one.start()
        try:
            with pytest.raises(OperatorError, match=rf"127\.0\.0\.1:{port} .*metrics\.base_port"):
                await two.start(port=port)
        finally:
            await one.stop()
            await two.stop()

    asyncio.run(body())
