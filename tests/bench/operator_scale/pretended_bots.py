"""All pods of a pretended node: each answers that it is a bot that is well and holds nothing.

python -m tests.bench.operator_scale.pretended_bots PORT
"""

import sys

from aiohttp import web

STATUS = {
    "bot": "",
    "ready": True,
    "reasons": [],
    "halt": None,
    "fallback": None,
    "trades": 0,
    "position": {"quantity": 0.0},
    "broker_status": {"equity": 1000.0, "initial_balance": 1000.0, "currency": "USDT", "open_orders": []},
    "data_feed_status": {"last_bar": "2026-01-01T00:00:00Z"},
}


async def _status(_request: web.Request) -> web.Response:
    return web.json_response(STATUS)


def main() -> None:
    """Serve until told to end, on every address of loopback."""
    app = web.Application()
    app.add_routes([web.get("/status", _status)])
    web.run_app(app, host="0.0.0.0", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
