"""A strict double of Binance Spot: it speaks the exchange's wire and refuses what the exchange refuses.

It listens on 127.0.0.1 unless told otherwise, and runs in a thread of its own, so that a test can hold it whoever its
client is: the test itself, or a bot in a process of its own.

    with BinanceDouble(bars, past=200, present=True) as double:
        ...                    # a bot whose document has `double.endpoints`, its environment `double.environment`
        double.play(20, settle_seconds=0.05, wait_for_client=True).wait()
        assert double.position() == 0 and not double.doubled

`http_url`, `ws_url` and `ws_api_url` are on one port. `past` bars have closed before it begins; the others are played.
The market has a clock of its own, which goes on by the bars that are played, while requests are judged by the wall's.
The klines of a market in the past are therefore told without its forming bar; `present=True` moves the bars in time
instead, and `double.bars` are those that the client sees. Orders are matched at bid and ask; within a bar the price
goes through all that lie between, from a close to the next open, and with `jump`, it does not.

Step by step: `push()` plays the next bar and returns, `push_bar(bar)` one of the test's own, `jump(price)` and
`slide(price)` move the price within the bar that forms, `wait_until(condition)` waits with a deadline. They block: an
async test whose client lives in its own loop calls them by `asyncio.to_thread`; `play()` returns at once.

What was seen: `requests`, `requested(method, path)`, `orders`, `open_orders()`, `trades`, `balances`, `position()`,
`weights`, `refused_for_weight`, `complaints`, `sent` (when each closing bar went out, to be held against
`Request.received_ns`), and `doubled`: ids of orders that somebody sent twice.

What goes wrong, told before it happens:

    double.misbehave.leave_unknown(executed=True)           # the next order is executed, and answered -1007
    double.misbehave.reset(ORDER, executed=False)           # the connection is cut, and no order taken
    double.misbehave.hang(ASK, executed=False, times=3)     # three questions are never answered
    double.misbehave.fail("GET /api/v3/*", 503, times=None) # until `remove` or `clear`
    double.misbehave.slow_down("*", retry_after=2)
    double.misbehave.fill_in_parts("0.4", "0.6", seconds=0.2)
    double.misbehave.expire_after("0.4")
    double.misbehave.user_data.hold = True                  # until `double.release_user_data()`; lose, reverse, copies
    double.misbehave.bars.withhold = 1                      # repeat, late

and at once: `drop_streams`, `drop_user_data`, `half_open_streams`, `half_open_user_data`, `refuse_connections`,
`terminate_user_data`, `end_of_day`, `skew_clock`, `ban`, `limit_weight`, `limit_orders`, `cancel_by_hand`,
`place_by_hand`, `expire`, `deposit`, `double.key.revoked = True`, `with double.maintenance():`,
`with double.unreachable():`.

By hand: `python -m tests.venues.binance --bars FILE|made --interval 1m --speed 10`.
"""

from tests.venues.binance.account import Fees
from tests.venues.binance.auth import API_KEY, API_SECRET, Key
from tests.venues.binance.connection import Rhythm
from tests.venues.binance.double import BinanceDouble
from tests.venues.binance.hands import Playing
from tests.venues.binance.misbehaviour import ASK, CANCEL, ORDER, SUBSCRIBE, Fault
from tests.venues.binance.symbol import Symbol

__all__ = [
    "API_KEY", "API_SECRET", "ASK", "CANCEL", "ORDER", "SUBSCRIBE", "BinanceDouble", "Fault", "Fees", "Key", "Playing",
    "Rhythm", "Symbol",
]  # fmt: skip
