"""What a running bot tells of its past agrees with what it tells of itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.process.running import RunningBot, write_document

pytestmark = pytest.mark.slow


def test_bars_orders_events_and_curve_agree_with_trades_and_status(tmp_path: Path) -> None:
    document = write_document(tmp_path / "bot.json", data={"speed": 600})
    with RunningBot(document, tmp_path) as bot:

        def told(path: str) -> Any:
            code, body = bot.get(path)
            assert code == 200, body
            return json.loads(body)

        bot.wait_for("a trade", lambda status: status["trades"] >= 2)
        trades = [trade for trade in told("/trades") if trade["exit_bar"] is not None]
        orders, events, curve, bars = (told(path) for path in ("/orders", "/events", "/curve", "/bars?limit=1000"))
        whole, seen = told("/equity?limit=100000"), told("/status")["data_feed_status"]["data_points"]
    filled = {order["lot"] for order in orders if order["fills"] and order["side"] == "sell"}
    assert {trade["lot"] for trade in trades} <= filled
    assert sum(event["kind"] == "trade_exit" for event in events) >= len(trades)
    assert curve[0]["equity"] == whole[0]["equity"]
    assert len(bars["bars"]) <= seen + 1
    assert bars["bars"] == sorted(bars["bars"], key=lambda each: str(each["time"]))
    # The first trades may be of before, the last bars are of now: both are on one clock.
    assert trades[-1]["exit_bar"] in {each["time"] for each in bars["bars"]}
