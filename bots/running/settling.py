"""Before a bot trades with a real broker: what became of an earlier run's orders, and does the account agree?"""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol

from adapters.live.broker import Holdings, LiveBroker, OrderPhase, OrderState
from adapters.live.line import Line
from adapters.live.sending import Sender
from bots.trading.halts import HaltMode
from bots.trading.orders import OrderIntent, is_of_another_bot, is_of_bot
from bots.trading.trader import Trader
from strategies.errors import VenueRefusedError

BY = "comparison with the venue"


class Insist(Protocol):
    """Takes a step with the venue, again and again until it succeeds."""

    async def __call__[T](self, step: Callable[[], Awaitable[T]]) -> T:
        """Return what the step has brought."""
        ...


async def come_to_terms(trader: Trader, broker: LiveBroker, line: Line, insist: Insist) -> list[OrderIntent]:
    """Settle what an earlier run left open, compare with the account, and return the orders that stand at the venue."""
    while True:
        standing = await insist(lambda: settle(trader, broker, line))
        before, holdings = trader.book.holding, await insist(broker.holdings)
        if not differences(trader, holdings):
            return standing
        # An order that stands may have been executed between the two questions.
        standing = await insist(lambda: settle(trader, broker, line))
        if trader.book.holding == before:
            compare(trader, holdings)
            return standing


async def settle(trader: Trader, broker: LiveBroker, line: Line) -> list[OrderIntent]:
    """Ask for every order whose end is not known, book what came of it, and return those that stand at the venue.

    What the venue surely does not know stays unresolved: the trader decides about it once it sees the market. Asks for
    as long as it takes; whoever gets tired of it cancels.
    """
    sender, begun = Sender(broker, line), time.monotonic()
    standing = []
    for order_id in list(trader.unresolved()):
        intent = trader.orders.intents[order_id]
        state = await sender.find_out(order_id, begun)
        if state is None:
            await _be_sure(trader, broker, intent)
            continue
        take_in(trader, state)
        if order_id in trader.orders.intents:
            standing.append(intent)
    return standing


async def _be_sure(trader: Trader, broker: LiveBroker, intent: OrderIntent) -> None:
    """Believe that an order never arrived only if the venue would know, or if the account has what the journal says.

    Raises
    ------
    VenueRefusedError
        Otherwise: it may have been filled, and to send it again could fill it twice.
    """
    age = datetime.now(UTC) - intent.bar_time
    if broker.remembers is None or age < broker.remembers:
        return
    held, expected = (await broker.holdings()).base_total, trader.book.holding
    if abs(held - expected) >= trader.terms.spec.size_step:
        base = trader.terms.spec.base
        raise VenueRefusedError(
            f"nobody tells what became of order {intent.client_order_id} ({intent.side} {intent.quantity:f}): the "
            f"journal says {expected:f} {base} without it, and the account has {_plain(held)}. Make the account agree "
            "with the journal by hand; the bot looks again and goes on"
        )


def take_in(trader: Trader, state: OrderState) -> None:
    """Book what the venue says of an order of ours."""
    order_id = state.client_order_id
    if state.phase is OrderPhase.OPEN:
        trader.on_accepted(order_id)
    last = len(state.executions) - 1
    for number, each in enumerate(state.executions):
        complete = number == last and state.phase is OrderPhase.FILLED
        trader.on_execution(
            each.trade_id, order_id, each.quantity, each.price, each.commission, each.commission_currency, each.time,
            complete,
        )  # fmt: skip
    if state.phase is not OrderPhase.OPEN and order_id in trader.orders.intents:
        trader.on_cancelled(order_id, state.detail, datetime.now(UTC))


async def make_sure_of_being_alone(trader: Trader, broker: LiveBroker) -> None:
    """Look for another bot's orders on this account and symbol.

    A bot that holds nothing does not begin beside them. One that does goes on watching what it holds, and is halted.

    Raises
    ------
    VenueRefusedError
        If there are any, and nothing is held: the two would sell each other's position.
    """
    if (found := _other_bots_orders(trader.terms.bot, await broker.holdings())) is None:
        return
    if not trader.book.lots and not trader.unresolved():
        raise VenueRefusedError(found)
    trader.halt(HaltMode.BLOCK_ENTRIES, found, datetime.now(UTC), by=BY)


def _other_bots_orders(bot: str, holdings: Holdings) -> str | None:
    resting = [order_id for order_id in holdings.open_orders if is_of_another_bot(bot, order_id)]
    if resting:
        return (
            f"another bot trades this symbol on this account: its order {resting[0]} rests there. Stop that bot and "
            "take its orders back, or give one of them another account or symbol"
        )
    if ended := [order_id for order_id in holdings.recent_orders if is_of_another_bot(bot, order_id)]:
        return (
            f"another bot has traded this symbol on this account within the last hour: order {ended[-1]}. If that bot "
            "is gone for good, wait until the hour is over; else give one of them another account or symbol"
        )
    return None


def compare(trader: Trader, holdings: Holdings) -> None:
    """Halt a bot whose account does not have what its journal says."""
    if found := differences(trader, holdings):
        trader.halt(HaltMode.BLOCK_ENTRIES, "; ".join(found), datetime.now(UTC), by=BY)


def differences(trader: Trader, holdings: Holdings) -> Sequence[str]:
    """Return what the account has too little of, and orders under this bot's name that its journal does not know.

    More than the journal says is no difference: an account may hold coins of its owner's and of other bots.
    """
    base = trader.terms.spec.base
    held = trader.book.holding
    found = []
    if holdings.base_total < held - trader.terms.spec.size_step:
        found.append(f"the journal says {held:f} {base} and the account has {_plain(holdings.base_total)}")
    known = trader.orders.intents
    strange = [
        order_id for order_id in holdings.open_orders if is_of_bot(trader.terms.bot, order_id) and order_id not in known
    ]
    if strange:
        found.append(f"orders at the venue that the journal does not know: {', '.join(strange)}")
    return found


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
