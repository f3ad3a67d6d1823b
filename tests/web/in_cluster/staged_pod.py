"""A bot's pod, as far as the console asks it: on an address of loopback of its own, at the bots' port or another."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class PodDouble:
    """Answers as a bot does that trades on paper."""

    name: str
    token: str
    position: float = 0.0
    halt: dict[str, Any] | None = None
    sells: bool = True
    calls: list[tuple[str, Any]] = field(default_factory=list)
    silent: bool = False
    says: dict[str, Any] = field(default_factory=dict)

    def status(self) -> dict[str, Any]:
        """Return what it says of itself."""
        return {
            "bot": self.name, "mode": "paper", "symbol": "BTCUSDT", "interval": "5m", "state": "running",
            "alive": True, "ready": True, "reasons": [], "halt": self.halt, "trades": 3,
            "data_feed_status": {"source": "mock", "connected": True, "last_price": 100.0},
            "broker_status": {
                "type": "mock", "connected": True, "currency": "USDT", "equity": 1010.0, "initial_balance": 1000.0,
                "open_orders": [],
            },
            "position": {"quantity": self.position, "lots": []},
            **self.says,
        }  # fmt: skip

    def app(self) -> web.Application:
        """Return its server."""
        app = web.Application()
        app.router.add_route("*", "/{path}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.silent:
            return web.Response(status=500)
        path, body = request.path, await request.text()
        if request.method == "POST" or path == "/logs":
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                return web.json_response({"error": "no"}, status=401)
            if request.method == "POST":
                self.calls.append((path, json.loads(body)))
        match path:
            case "/halt":
                asked = json.loads(body)
                self.halt = {"limit": "a person", "detail": asked["reason"], "mode": asked["mode"]}
                if asked["mode"] == "close-positions" and self.sells:
                    self.position = 0.0
            case "/resume":
                self.halt = None
            case "/curve":
                return web.json_response([{"time": "2026-01-01T00:00:00Z", "equity": 1000.0 + n} for n in range(3)])
            case "/bars":
                return web.json_response({"interval": "5m", "bars": [{"open": 1.0}]})
            case "/orders" | "/events" | "/trades":
                return web.json_response([])
            case "/logs":
                return web.json_response({"lines": ["INFO a line"]})
        return web.json_response(self.status() if path == "/status" else {})
