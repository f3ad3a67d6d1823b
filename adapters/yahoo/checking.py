"""What `tradingbot check` says of Yahoo."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.live.source import Finding
from adapters.yahoo.wire import Wire
from strategies.errors import VenueError, VenueLostError

if TYPE_CHECKING:
    from adapters.yahoo.source import YahooSource

_TOLERATED_SKEW_SECONDS = 5.0


async def findings(source: "YahooSource", wire: Wire, now: Callable[[], datetime]) -> list[Finding]:
    """Look at everything that bars from Yahoo depend on, in the order in which it must be mended."""
    try:
        await source.prepare()
    except VenueLostError as error:
        remedy = "wait, or run fewer bots behind this address" if error.retry_after else "is it reachable from here?"
        return [Finding("reachable", False, f"{wire.address}: {error}", remedy)]
    except VenueError as error:
        return [Finding("reachable", True, wire.address), Finding("symbol", False, str(error))]
    found = [Finding("reachable", True, wire.address)]
    if wire.skew is not None:
        found.append(_time(wire.skew))
    spec = source.spec
    found.append(Finding("symbol", True, f"{spec.symbol} in {spec.quote}, price step {spec.price_step:f}"))
    found.append(_hours(source, now()))
    if source.market.delay:
        found.append(_delay(source))
    found.append(await _bars(source, now))
    return found


def _time(skew: float) -> Finding:
    if abs(skew) < _TOLERATED_SKEW_SECONDS:
        return Finding("time", True, "Yahoo's clock agrees with this machine's")
    ahead = "ahead of" if skew > 0 else "behind"
    detail = f"Yahoo's clock is {abs(skew):.0f} s {ahead} this machine's"
    return Finding("time", False, detail, "run a time service")


def _hours(source: "YahooSource", now: datetime) -> Finding:
    opens = source.next_open(now)
    if source.market_open(now):
        return Finding("market", True, f"{source.market.name}: open now")
    return Finding("market", True, f"{source.market.name}: closed, opens {_shown(opens) if opens else 'never'}")


def _delay(source: "YahooSource") -> Finding:
    late = source.market.delay.total_seconds() / 60
    return Finding(
        "delay",
        False,
        f"Yahoo's prices of {source.market.name} are up to {late:.0f} min late, and so is every bar",
        "trade what moves slower than that, or take bars from another source",
        warning=True,
    )


async def _bars(source: "YahooSource", now: Callable[[], datetime]) -> Finding:
    try:
        bars = await source.closed_bars(None, 2)
    except VenueError as error:
        return Finding("bars", False, str(error))
    if not bars:
        return Finding("bars", False, f"Yahoo has no bars of {source.spec.symbol} at this interval")
    age = (now() - bars[-1].time).total_seconds() / 60
    return Finding("bars", True, f"the newest complete bar opened {_shown(bars[-1].time)}, {age:.0f} min ago")


def _shown(moment: datetime) -> str:
    return f"at {moment:%Y-%m-%d %H:%M} UTC"
