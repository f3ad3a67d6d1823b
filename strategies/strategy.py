"""The one Nautilus strategy: it carries bars to a trader, the trader's orders to the venue, and fills back.

It decides nothing, which is why a backtest can do without it (docs/adr/0002).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from nautilus_trader.core.uuid import UUID4
from nautilus_trader.model.data import Bar as NautilusBar
from nautilus_trader.model.data import BarType, QuoteTick
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.events import (
    OrderAccepted,
    OrderCanceled,
    OrderCancelRejected,
    OrderDenied,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderSubmitted,
)
from nautilus_trader.model.identifiers import AccountId, ClientOrderId, VenueOrderId
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.model.orders import Order as NautilusOrder
from nautilus_trader.trading.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy

from strategies.bar import Bar
from strategies.desk import Cancel, Desk, Hooks, Order
from strategies.tags import price_tag

_FIRST_TIME = datetime(1970, 1, 2, tzinfo=UTC)


class RuleStrategyConfig(StrategyConfig, frozen=True):
    """Configuration of RuleStrategy.

    Parameters
    ----------
    bar_type : BarType
        The bars to trade on.
    interval : timedelta
        Their length.
    history_bars : int
        How many past bars to ask for before trading; 0 asks for none.
    late_after : timedelta
        A bar that arrives this long after its close is late: it may exit, never enter.
    quotes : bool
        Whether prices between bars are to be had.
    """

    bar_type: BarType
    interval: timedelta
    history_bars: int = 0
    late_after: timedelta = timedelta(seconds=30)
    quotes: bool = False


class RuleStrategy(Strategy):
    """Carries; see the module.

    Parameters
    ----------
    config : RuleStrategyConfig
        What it trades on.
    desk : Desk
        The trader.
    hooks : Hooks, optional
        The bot around it.
    standing : sequence of Order
        Orders of an earlier run that are at the venue, as the venue itself has said: their ends will be told.
    """

    def __init__(
        self, config: RuleStrategyConfig, desk: Desk, hooks: Hooks | None = None, standing: Sequence[Order] = ()
    ) -> None:
        super().__init__(config)
        self._desk = desk
        self._standing = standing
        self._hooks = hooks or Hooks()
        self._in_flight: set[str] = set()
        self._resting: set[str] = set()
        self._leaving_venue: set[str] = set()
        self._history: list[Bar] = []
        self._length_seconds = int(config.interval.total_seconds())
        self._late_ns = int(config.late_after.total_seconds() * 1e9)
        self._dead = False

    @property
    def orders_in_flight(self) -> bool:
        """Say whether an order was sent, or is being taken back, of which the end is not known yet."""
        return bool(self._in_flight or self._leaving_venue)

    # -- life ----------------------------------------------------------------------------------------------------

    def on_start(self) -> None:
        """Ask for the past, then live bars."""
        instrument = self.cache.instrument(self.config.bar_type.instrument_id)
        self._price_decimals, self._size_decimals = instrument.price_precision, instrument.size_precision
        for order in self._standing:
            self._adopt(order)
        if self.config.history_bars:
            self.request_bars(
                self.config.bar_type,
                start=_long_ago(self._now(), self.config.interval * self.config.history_bars * 2),
                limit=self.config.history_bars,
                callback=self._on_history,
            )
        else:
            self._begin_live()

    def on_historical_data(self, data: Any) -> None:
        """Collect the past until it is complete."""
        if isinstance(data, NautilusBar):
            self._history.append(self._plain(data))

    def on_bar(self, bar: NautilusBar) -> None:
        """Carry a closed bar to the trader and its orders to the venue."""
        self._guard(self._deal_with, bar)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        """Carry the price at which one could sell now."""
        self._guard(self._look_at_price, tick)

    def on_order_submitted(self, event: OrderSubmitted) -> None:
        """Pass on."""
        self._guard(self._desk.on_submitted, event.client_order_id.value)

    def on_order_accepted(self, event: OrderAccepted) -> None:
        """Pass on."""
        self._guard(self._desk.on_accepted, event.client_order_id.value)

    def on_order_filled(self, event: OrderFilled) -> None:
        """Pass on, and let Nautilus forget what is finished."""
        self._guard(self._book, event)

    def on_order_rejected(self, event: OrderRejected) -> None:
        """Pass on."""
        self._guard(self._refused, event)

    def on_order_denied(self, event: OrderDenied) -> None:
        """Pass on."""
        self._guard(self._refused, event)

    def on_order_canceled(self, event: OrderCanceled) -> None:
        """Pass on."""
        self._guard(self._ended, event)

    def on_order_expired(self, event: OrderExpired) -> None:
        """Pass on, likewise."""
        self._guard(self._ended, event)

    def on_order_cancel_rejected(self, event: OrderCancelRejected) -> None:
        """Pass on."""
        self._guard(self._stayed, event)

    def close_all(self) -> None:
        """Close every position at the market."""
        self._guard(lambda: self._send(self._desk.close_all()))

    def obey_halt(self) -> bool:
        """Do what a halt asks for besides no entries; say whether anything left for it."""
        orders: list[Order | Cancel] = []

        def obey() -> None:
            orders.extend(self._desk.obey_halt())
            self._send(orders)

        self._guard(obey)
        return bool(orders)

    def look_at_clock(self, *, market_open: bool) -> None:
        """Let the trader look after orders that stand for too long."""
        self._guard(lambda: self._send(self._desk.on_time(self._now(), market_open=market_open)))

    # -- inside --------------------------------------------------------------------------------------------------

    def _guard(self, step: Callable[..., None], *args: Any) -> None:
        # An exception that leaves a handler makes Nautilus end the process without any clean-up.
        if self._dead:
            return
        try:
            step(*args)
        except Exception as error:
            self._dead = True
            self._hooks.failed(error)

    def _on_history(self, _request_id: object) -> None:
        self._guard(self._catch_up)

    def _catch_up(self) -> None:
        """Warm up on what was dealt with before, trade on what was missed since, settle what was left open."""
        past, self._history = self._history, []
        known = self._desk.bar_time
        missed = [bar for bar in past if known is not None and bar.time > known]
        self._desk.warm_up(past[: len(past) - len(missed)])
        for bar in past[: len(past) - len(missed)]:
            self._hooks.bar_seen(bar, late=True)
        market_price = missed[-1].close if missed else None
        # Not those of this very run: they are on their way, or rest.
        for order_id in [known for known in self._desk.unresolved() if known not in self._in_flight | self._resting]:
            self._send(self._desk.on_never_arrived(order_id, self._now(), market_price=market_price))
        for bar in missed:
            self._send(self._desk.on_bar(bar, market_price=market_price))
            self._hooks.bar_seen(bar, late=True)
        self._begin_live()

    def _begin_live(self) -> None:
        if self.config.quotes:
            self.subscribe_quote_ticks(self.config.bar_type.instrument_id)
        self.subscribe_bars(self.config.bar_type)
        self._hooks.warmed_up()

    def _deal_with(self, bar: NautilusBar) -> None:
        plain, seen = self._plain(bar), self._desk.last_bar
        late = self._hooks.is_late(plain.time) or bar.ts_init - bar.ts_event > self._late_ns
        if seen is None or plain.time > seen.time:
            self._send(self._desk.on_bar(plain, market_price=plain.close if late else None))
            self._hooks.bar_seen(plain, late=late)
        self._tell_if_idle()

    def _look_at_price(self, tick: QuoteTick) -> None:
        self._send(self._desk.on_price(tick.bid_price.as_double(), self._now()))

    def _send(self, orders: Sequence[Order | Cancel]) -> None:
        for order in orders:
            if isinstance(order, Cancel):
                self._take_back(order.client_order_id)
                continue
            if order.stop_price is None:
                self._in_flight.add(order.client_order_id)
                self._hooks.order_sent(order.client_order_id)
            else:
                self._resting.add(order.client_order_id)
            self.submit_order(self._made(order))

    def _take_back(self, order_id: str) -> None:
        order = self.cache.order(ClientOrderId(order_id))
        if order is not None and not order.is_closed:
            self._leaving_venue.add(order_id)
            self.cancel_order(order)

    def _made(self, order: Order) -> NautilusOrder:
        side = OrderSide.BUY if order.side == "buy" else OrderSide.SELL
        quantity, known_as = Quantity(order.quantity, self._size_decimals), ClientOrderId(order.client_order_id)
        if order.stop_price is None:
            return self.order_factory.market(
                self.config.bar_type.instrument_id,
                side,
                quantity,
                client_order_id=known_as,
                tags=[price_tag(order.reference_price)],
            )
        limit = order.stop_price if order.limit_price is None else order.limit_price
        return self.order_factory.stop_limit(
            self.config.bar_type.instrument_id,
            side,
            quantity,
            Price(limit, self._price_decimals),
            Price(order.stop_price, self._price_decimals),
            client_order_id=known_as,
        )

    def _adopt(self, order: Order) -> None:
        """Make an order of an earlier run known to the node, as accepted: what the venue tells of it has a place."""
        made = self._made(order)
        self.cache.add_order(made)
        now, account = self.clock.timestamp_ns(), AccountId(f"{made.venue.value}-001")
        names = (made.trader_id, made.strategy_id, made.instrument_id, made.client_order_id)
        made.apply(OrderSubmitted(*names, account, UUID4(), now, now))
        known_as = VenueOrderId(order.client_order_id)
        made.apply(OrderAccepted(*names, known_as, account, UUID4(), now, now))
        self.cache.update_order(made)
        (self._in_flight if order.stop_price is None else self._resting).add(order.client_order_id)

    def _book(self, event: OrderFilled) -> None:
        order = self.cache.order(event.client_order_id)
        complete = order is None or order.is_closed
        order_id = event.client_order_id.value
        follows = self._desk.on_execution(
            event.trade_id.value,
            order_id,
            event.last_qty.as_decimal(),
            event.last_px.as_decimal(),
            event.commission.as_decimal(),
            event.commission.currency.code,
            datetime.fromtimestamp(event.ts_event / 1e9, UTC),
            complete,
        )
        self._send(follows)
        if complete:
            self._finish(order_id)
            self._forget_finished()
            self._tell_if_idle()

    def _refused(self, event: OrderRejected | OrderDenied) -> None:
        order_id = event.client_order_id.value
        follows = self._desk.on_rejected(order_id, event.reason, self._now())
        self._end(order_id, follows)

    def _ended(self, event: OrderCanceled | OrderExpired) -> None:
        order_id = event.client_order_id.value
        how = "it expired" if isinstance(event, OrderExpired) else "it was taken back"
        self._end(order_id, self._desk.on_cancelled(order_id, how, self._now()))

    def _stayed(self, event: OrderCancelRejected) -> None:
        order_id = event.client_order_id.value
        self._send(self._desk.on_cancel_refused(order_id, event.reason, self._now()))
        self._leaving_venue.discard(order_id)
        self._hooks.order_finished(order_id)

    def _end(self, order_id: str, follows: Sequence[Order | Cancel]) -> None:
        # What follows is sent first: the market must not go on as if nothing was on its way.
        self._send(follows)
        self._finish(order_id)
        self._tell_if_idle()

    def _finish(self, order_id: str) -> None:
        self._in_flight.discard(order_id)
        self._resting.discard(order_id)
        self._leaving_venue.discard(order_id)
        self._hooks.order_finished(order_id)

    def _tell_if_idle(self) -> None:
        if not self._in_flight:
            self._hooks.bar_done()

    def _forget_finished(self) -> None:
        # The journal keeps them; Nautilus would, too, for as long as the process lives.
        if not self._in_flight:
            now = self.clock.timestamp_ns()
            self.cache.purge_closed_orders(now, 0)
            self.cache.purge_closed_positions(now, 0)
            self.cache.purge_account_events(now, 0)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.timestamp_ns() // 1_000_000_000, UTC)

    def _plain(self, bar: NautilusBar) -> Bar:
        # Rounded back to the very float that its decimals name: fixed-point arithmetic may miss it by one bit.
        decimals = self._price_decimals
        return Bar(
            datetime.fromtimestamp(bar.ts_event // 1_000_000_000 - self._length_seconds, UTC),
            round(bar.open.as_double(), decimals),
            round(bar.high.as_double(), decimals),
            round(bar.low.as_double(), decimals),
            round(bar.close.as_double(), decimals),
            round(bar.volume.as_double(), self._size_decimals),
        )


def _long_ago(now: datetime, span: timedelta) -> datetime:
    """Return the time `span` before now, but not before the time that Nautilus counts from."""
    return now - min(span, now - _FIRST_TIME)
