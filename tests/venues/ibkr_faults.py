"""What can go wrong with an order at Interactive Brokers, each played by the double at the moment the order arrives."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.venues.tws.arrived import Arrived
from tests.venues.tws.double import TwsDouble

type Play = Callable[[TwsDouble, Arrived], Coroutine[Any, Any, None]]

_PACING = (162, "Historical Market Data Service error message:Historical data request pacing violation")
_COMPETING = (10197, "No market data during competing live session")
# A moment in which the bot has heard what came before.
_MOMENT = 0.05
# Longer than a bot that is tested has patience for an answer, shorter than until an absence is final.
LATE = 1.4
# Longer than it has with a gateway that has lost Interactive Brokers.
_OUTAGE = 1.8


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, where it is staged, and what the person is told of it: nothing where the bot copes by itself."""

    name: str
    play: Play
    told: str = ""
    at: tuple[str, ...] = ("entry", "exit", "stop")

    def __str__(self) -> str:
        return self.name


# The line.


async def _dropped_before(double: TwsDouble, order: Arrived) -> None:
    double.drop()


async def _dropped_unanswered(double: TwsDouble, order: Arrived) -> None:
    order.take()
    double.drop()
    order.execute_if_due()


async def _dropped_filled(double: TwsDouble, order: Arrived) -> None:
    order.take()
    order.tell()
    double.drop()
    order.execute()


async def _reset_before(double: TwsDouble, order: Arrived) -> None:
    double.nightly_reset(refuse=0.7)


async def _reset_filled(double: TwsDouble, order: Arrived) -> None:
    order.take()
    order.tell()
    double.nightly_reset(refuse=0.7)
    order.execute()


async def _id_taken(double: TwsDouble, order: Arrived) -> None:
    order.take()
    double.drop()
    double.hold_id(order.client_id, 1.0)
    order.execute_if_due()


async def _half_open_before(double: TwsDouble, order: Arrived) -> None:
    double.freeze()


async def _half_open_filled(double: TwsDouble, order: Arrived) -> None:
    order.take()
    order.tell()
    double.freeze(hold_ids=0.5)
    order.execute()


# What lies behind the gateway.


async def _kept_until_1102(double: TwsDouble, order: Arrived) -> None:
    double.lose_upstream()
    order.take()
    await asyncio.sleep(0.4)
    double.restore_upstream(1102)
    order.submit()


async def _filled_before_1102(double: TwsDouble, order: Arrived) -> None:
    order.take()
    order.tell()
    double.lose_upstream()
    order.execute()
    await asyncio.sleep(0.4)
    double.restore_upstream(1102)


async def _filled_before_1101(double: TwsDouble, order: Arrived) -> None:
    order.take()
    order.tell()
    double.lose_upstream()
    order.execute()
    await asyncio.sleep(0.4)
    double.restore_upstream(1101)


async def _unanswered_before_1101(double: TwsDouble, order: Arrived) -> None:
    double.lose_upstream()
    order.take()
    await asyncio.sleep(_OUTAGE)
    double.restore_upstream(1101)
    order.submit()


# The answer.


def _says(code: int, text: str) -> Play:
    async def play(double: TwsDouble, order: Arrived) -> None:
        order.say(code, text)

    return play


def _ends(status: str, code: int, text: str, *, filled: int = 0) -> Play:
    async def play(double: TwsDouble, order: Arrived) -> None:
        order.take()
        order.tell()
        if filled:
            order.execute(Decimal(filled))
        await asyncio.sleep(_MOMENT)
        order.end(status)
        order.tell()
        order.say(code, text)

    return play


async def _arrives_late(double: TwsDouble, order: Arrived) -> None:
    await asyncio.sleep(LATE)
    order.go_on()


async def _told_late(double: TwsDouble, order: Arrived) -> None:
    order.take()
    await asyncio.sleep(LATE)
    order.submit()


async def _in_parts(double: TwsDouble, order: Arrived) -> None:
    order.take()
    order.tell()
    for quantity in (1, 2, 3):
        order.execute(Decimal(quantity))
        await asyncio.sleep(_MOMENT)
    order.execute()


# The data, while an order is on its way.


def _data_end(code: int, text: str) -> Play:
    async def play(double: TwsDouble, order: Arrived) -> None:
        double.misbehaving.history_troubles.append((code, text))
        double.end_subscriptions(code, text)
        order.go_on()

    return play


# Taking an order back.


async def _taken_back_and_dropped(double: TwsDouble, order: Arrived) -> None:
    order.end("Cancelled")
    double.drop()


async def _taken_back_unanswered(double: TwsDouble, order: Arrived) -> None:
    order.end("Cancelled")


async def _unheard(double: TwsDouble, order: Arrived) -> None:
    """Do nothing at all."""


async def _filled_before(double: TwsDouble, order: Arrived) -> None:
    order.execute()
    order.say(10148, "OrderId that needs to be cancelled cannot be cancelled, state: Filled.")


async def _partly_filled_before(double: TwsDouble, order: Arrived) -> None:
    order.execute(Decimal(4))
    order.go_on()


async def _back_at_1102(double: TwsDouble, order: Arrived) -> None:
    double.lose_upstream()
    await asyncio.sleep(0.4)
    double.restore_upstream(1102)
    order.go_on()


_CLOSED, _UNCONFIRMED = "closed the connection", "has not confirmed it"
_HALTED = "Order Canceled - reason:Trading halt"

CASES = [
    Case("dropped before it is taken", _dropped_before, _CLOSED),
    Case("dropped before it is answered", _dropped_unanswered, _CLOSED),
    Case("dropped, and filled meanwhile", _dropped_filled, _CLOSED),
    Case("nightly reset before it is taken", _reset_before, _CLOSED, ("exit",)),
    Case("nightly reset, and filled meanwhile", _reset_filled, _CLOSED),
    Case("dropped, and its client id is taken", _id_taken, _CLOSED),
    Case("half-open before it is taken", _half_open_before, _UNCONFIRMED),
    Case("half-open, and filled meanwhile", _half_open_filled, "has been silent"),
    Case("1100, submitted at 1102", _kept_until_1102),
    Case("1100, filled before 1102", _filled_before_1102, "", ("entry", "stop")),
    Case("1100, filled before 1101", _filled_before_1101),
    Case("1100 for long, submitted after 1101", _unanswered_before_1101, "no connection to Interactive Brokers"),
    Case("201 at once", _says(201, "Order rejected - reason:The exchange said no"), "The exchange said no"),
    Case("201 once it was taken", _ends("Inactive", 201, "Order rejected - reason:Margin is short"), "ERROR"),
    Case("200, no such contract", _says(200, "No security definition was found"), "No security definition", ("entry",)),
    Case("321, not valid", _says(321, "Error validating request: Invalid size"), "Invalid size", ("exit", "stop")),
    Case("202, ended by the venue", _ends("Cancelled", 202, _HALTED), "ERROR"),
    Case("202, ended after a part", _ends("Cancelled", 202, _HALTED, filled=4), "ERROR", ("entry", "exit")),
    # What is left is sold at once.
    Case("202, ended after a part", _ends("Cancelled", 202, _HALTED, filled=4), "risk_stop_loss", ("stop",)),
    Case("arrives after the patience", _arrives_late, _UNCONFIRMED),
    Case("told after the patience", _told_late, _UNCONFIRMED),
    Case("filled in parts", _in_parts),
    Case("162, pacing", _data_end(*_PACING), "pacing violation", ("exit", "stop")),
    Case("10197, competing session", _data_end(*_COMPETING), "competing live session", ("entry",)),
    Case("dropped before", _dropped_before, _CLOSED, ("taking back",)),
    Case("dropped before the answer", _taken_back_and_dropped, _CLOSED, ("taking back",)),
    Case("not answered, and not done", _unheard, _UNCONFIRMED, ("taking back",)),
    Case("not answered, and done", _taken_back_unanswered, _UNCONFIRMED, ("taking back",)),
    Case("10147 though it rests", _says(10147, "Order to be cancelled not found."), "", ("taking back",)),
    Case("filled a moment before", _filled_before, "risk_stop_loss", ("taking back",)),
    Case("filled in part a moment before", _partly_filled_before, "", ("taking back",)),
    Case("1100, done at 1102", _back_at_1102, "", ("taking back",)),
]
