"""The steps of the wire at which a process may die, by the names that plans have for them. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from tests.venues.binance import ASK, CANCEL, ORDER

ENTRY, EXIT, STOP, TAKING_BACK = "entry", "exit", "stop", "taking back"
ORDERS = (ENTRY, EXIT, STOP)
_QUESTIONS = {
    ASK: "question about an order",
    "GET /api/v3/account": "question about the account",
    "GET /api/v3/openOrders": "question about open orders",
    "GET /api/v3/klines": "question about bars",
    "GET /api/v3/exchangeInfo": "question about the symbol",
    "GET /api/v3/myTrades": "question about executions",
}
ASKED = tuple(_QUESTIONS.values())
_ID = re.compile(r"-(?P<day>\d{6})\d{4}-(?P<kind>[BST])(?P<lot>\d+)-\d+$")
_KINDS = {"B": ENTRY, "S": EXIT, "T": STOP}


def step_of(name: str, params: Mapping[str, str]) -> str:
    """Return what a request is about; nothing for one of no interest."""
    if name == ORDER:
        return kind_of(params["newClientOrderId"])
    return TAKING_BACK if name == CANCEL else _QUESTIONS.get(name, "")


def executed_in(event: Mapping[str, Any]) -> str:
    """Return which kind of order an event of the account tells an execution of; nothing for another event."""
    return kind_of(event["c"]) if event.get("e") == "executionReport" and event["x"] == "TRADE" else ""


def kind_of(order_id: str) -> str:
    """Return what an order of the bot's is for, as its id says."""
    return _KINDS[_named(order_id)["kind"]]


def lot_of(order_id: str) -> int:
    """Return the lot that an order belongs to."""
    return int(_named(order_id)["lot"])


def day_of(order_id: str) -> str:
    """Return the day of the bar on which an order was decided."""
    return _named(order_id)["day"]


def _named(order_id: str) -> re.Match[str]:
    found = _ID.search(order_id)
    assert found is not None, order_id
    return found
