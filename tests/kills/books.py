"""A bot's journal as it is on disk, and what must hold between it and the venue once everything has come to rest."""

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.kills.plan import BALANCE, BASE, DEPOSIT, QUOTE, Plan
from tests.venues.binance import BinanceDouble
from tests.venues.binance.orders import Trade

type Row = dict[str, Any]
type Holds = Callable[[bool, str, str], None]

# What the document's default says of fees in a third coin.
_RATE, _SMALLEST = Decimal("0.001"), Decimal("0.00000001")
_NEVER_THERE = ("never_sent", "rejected")
# By itself, or in the id of an exit.
_NAMED_LOT = re.compile(r"(?:\blot |-S)(\d+)")
_OPEN = ("intent", "submitted", "accepted", "partly_filled")


@dataclass(frozen=True, slots=True)
class Books:
    """All that matters of a journal."""

    state: Row
    orders: list[Row]
    fills: list[Row]
    lots: list[Row]
    trades: list[Row]
    halts: list[Row]
    events: list[Row]

    @classmethod
    def of(cls, journal: Path) -> "Books":
        """Read a journal."""
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=5)) as database:
            database.row_factory = sqlite3.Row

            def rows(table: str) -> list[Row]:
                return [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY rowid")]

            state = rows("state")
            return cls(
                state[0] if state else {}, rows("orders"), rows("fills"), rows("lots"), rows("trades"), rows("halts"),
                rows("events"),
            )  # fmt: skip

    def told(self) -> str:
        """Return it for people."""
        lines = [f"state {self.state}"]
        lines += [_shown(row, "client_order_id", "side", "quantity", "status", "detail") for row in self.orders]
        lines += ["fill " + _shown(row, "trade_id", "client_order_id", "quantity", "price") for row in self.fills]
        lines += [f"lot {row}" for row in self.lots]
        lines += [f"halt {row}" for row in self.halts]
        lines += [f"{row['kind']}: {row['text']}" for row in self.events]
        return "\n".join(lines)


def hold_books(books: Books, double: BinanceDouble, plan: Plan, holds: Holds) -> None:
    """Hold a journal against the venue: position, money, executions, orders, each to the last digit."""
    trades, orders = double.trades, double.orders
    held = sum((Decimal(lot["quantity"]) for lot in books.lots), Decimal(books.state["dust"]))
    there = double.position() - plan.spare
    holds(held == there, "the position agrees", f"the journal says {held}, the venue {there}")
    cash, expected = Decimal(books.state["cash"]), BALANCE + sum(map(_paid, trades), Decimal(0))
    holds(cash == expected, "the cash agrees", f"the journal says {cash}, the venue's executions {expected}")
    if not plan.fee_in_other_coin:
        account = sum(double.balances[QUOTE], Decimal(0)) - DEPOSIT + BALANCE
        holds(cash == account, "the account's money agrees", f"the journal says {cash}, the account {account}")
    booked = sorted((row["trade_id"], Decimal(row["quantity"]), Decimal(row["price"])) for row in books.fills)
    executed = sorted((str(each.trade_id), each.quantity, each.price) for each in trades)
    holds(booked == executed, "each execution is booked once", f"{booked} and {executed}")
    stops = {row["client_order_id"] for row in books.orders if row["status"] in _OPEN}
    resting = {order.client_order_id for order in orders if order.is_open}
    holds(stops == resting, "the orders agree", f"{sorted(stops)} and {sorted(resting)}")
    at_venue: defaultdict[str, Decimal] = defaultdict(Decimal)
    for order in orders:
        at_venue[order.client_order_id] += order.executed
    for row in books.orders:
        if row["status"] in _NEVER_THERE:
            holds(not at_venue[row["client_order_id"]], "what was never there was not executed", str(row))
    unknown = set(at_venue) - {row["client_order_id"] for row in books.orders}
    holds(not unknown, "the journal knows every order", str(unknown))
    holds(not books.halts, "nothing halts the bot", str(books.halts))
    holds(double.doubled == [] and double.complaints == [], "the venue has no complaints", str(double.complaints))


def without_protection(books: Books) -> list[str]:
    """Return what is not protected and was not told: lots without a stop at the venue, of which nobody was told why."""
    resting = {row["lot"] for row in books.orders if row["status"] in _OPEN}
    errors = " ".join(row["text"] for row in books.events if row["kind"] == "error")
    told = {int(number) for number in _NAMED_LOT.findall(errors)}
    return [f"lot {lot['number']}" for lot in books.lots if lot["number"] not in resting | told]


def poured_out(books: Books, happened: int) -> list[str]:
    """Return the sentences that were told again and again, more often than anything has happened."""
    told = Counter(row["text"] for row in books.events)
    return [f"{times} times: {sentence}" for sentence, times in told.items() if times > 3 + happened]


def _shown(row: Row, *names: str) -> str:
    return " ".join(str(row[name]) for name in names)


def _paid(trade: Trade) -> Decimal:
    """Return what an execution has brought in money, as the journal has to count it."""
    value = trade.quantity * trade.price
    fee = trade.commission if trade.commission_asset == QUOTE else Decimal(0)
    if trade.commission_asset not in (BASE, QUOTE) and trade.commission:
        fee = (value * _RATE).quantize(_SMALLEST)
    return -value - fee if trade.is_buyer else value - fee
