"""What makes sense: what the program accepts, whatever it is told, has to."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from adapters.instrument import InstrumentSpec
from adapters.live.broker import OrderState
from strategies.bar import Bar

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)


def assert_bars(bars: Iterable[Bar], latest: datetime = _LATEST) -> None:
    """Assert that bars have prices, that each high and low span their bar, and that time goes forward."""
    bars = list(bars)
    for bar in bars:
        assert all(map(math.isfinite, bar[1:])), bar
        assert 0 < bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high < 1e13, bar
        assert 0 <= bar.volume < 1e13, bar
        assert bar.time.utcoffset() == timedelta(0), bar
        assert _EARLIEST <= bar.time <= latest, bar
    for before, after in pairwise(bars):
        assert before.time < after.time, (before, after)


def assert_spec(spec: InstrumentSpec) -> None:
    """Assert that orders can be rounded to an instrument's steps."""
    for number in (spec.price_step, spec.size_step, spec.min_quantity):
        assert number.is_finite(), spec
        assert number > 0, spec
    assert spec.min_notional.is_finite(), spec
    assert spec.min_notional >= 0, spec
    assert 0 <= spec.price_decimals <= 16, spec
    assert 0 <= spec.size_decimals <= 16, spec
    assert spec.base, spec
    assert spec.quote, spec
    assert spec.round_price(Decimal("123.456789")).is_finite(), spec
    assert spec.round_size_down(Decimal("123.456789")) >= 0, spec


def assert_order(state: OrderState) -> None:
    """Assert that an order's executions can be booked."""
    assert state.client_order_id, state
    assert len({each.trade_id for each in state.executions}) == len(state.executions), state
    for each in state.executions:
        assert each.quantity.is_finite(), each
        assert each.quantity > 0, each
        assert each.price.is_finite(), each
        assert each.price > 0, each
        assert each.commission.is_finite(), each
        assert each.commission_currency, each
        assert _EARLIEST <= each.time <= _LATEST, each
