"""Examples of the pictures and mails that people are sent, to be looked at: `python -m tests.pictures.notifications FOLDER`."""  # noqa: E501

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.headerregistry import Address
from itertools import accumulate, pairwise
from pathlib import Path

from bots.notify.mail.letter import letter_of
from bots.notify.message import Identity, Message
from bots.notify.pictures import RoundTrip, equity_picture, trade_chart
from bots.notify.wording import message_of
from bots.trading.events import Event, EventKind
from bots.trading.records import EquityPoint
from strategies.bar import Bar
from tests.made_bars import made_bars

WHOSE = Identity("0003", "ETHUSDT", "live", "ETH", "USDT")
HOUR = timedelta(hours=1)


def trip(bars: list[Bar], begin: int, end: int, reason: str, quantity: str = "0.75") -> RoundTrip:
    """Return a trade from one bar's close to another's."""
    bought, sold = (Decimal(f"{bars[place].close:.2f}") for place in (begin, end))
    profit = (sold - bought) * Decimal(quantity)
    percent = ((sold - bought) / bought * 100).quantize(Decimal("0.01"))
    return RoundTrip(bars[begin].time, bought, bars[end].time, sold, profit, percent, reason)


def best(bars: list[Bar], *, held: int, sign: int) -> tuple[int, int]:
    """Return where the trade of that length with the greatest gain lies, or with the greatest loss."""
    begin = max(range(20, len(bars) - held), key=lambda place: sign * (bars[place + held].close - bars[place].close))
    return begin, begin + held


def account(bars: list[Bar], interval: timedelta) -> list[EquityPoint]:
    """Return an account that goes with the market."""
    equity = accumulate((Decimal(f"{b.close - a.close:.4f}") * 20 for a, b in pairwise(bars)),
                        initial=Decimal(10_000))  # fmt: skip
    begin = datetime(2026, 10, 24, tzinfo=UTC)
    return [EquityPoint(begin + interval * place, each, each, Decimal(0)) for place, each in enumerate(equity)]


def scaled(bars: list[Bar], factor: float) -> list[Bar]:
    """Return bars of a market whose prices are other by a factor."""
    return [
        Bar(each.time, each.open * factor, each.high * factor, each.low * factor, each.close * factor, each.volume)
        for each in bars
    ]


def pictures() -> Iterator[tuple[str, bytes]]:
    """Draw all examples."""
    bars = made_bars(400, interval=HOUR)
    for name, held, sign, reason in (
        ("gain", 24, 1, "take profit"), ("loss", 12, -1, "risk_stop_loss"), ("same-bar", 0, 1, "target"),
        ("long", 300, 1, "ema_cross"),
    ):  # fmt: skip
        made = trip(bars, *best(bars, held=held, sign=sign), reason)
        stop = (made.entry_price * Decimal("0.985")).quantize(Decimal("0.01")) if name != "long" else None
        yield f"trade-{name}", trade_chart(bars, made, title="0003 (LIVE) ETHUSDT 1h", quote="USDT", stop=stop)
    for name, factor in (("small-prices", 1e-7), ("large-prices", 1e6)):
        tiny = scaled(bars, factor)
        begin, end = best(tiny, held=24, sign=1)
        made = RoundTrip(
            tiny[begin].time, Decimal(f"{tiny[begin].close:.10f}"), tiny[end].time, Decimal(f"{tiny[end].close:.10f}"),
            Decimal("12.5"), Decimal("3.10"), "exit rule",
        )  # fmt: skip
        yield f"trade-{name}", trade_chart(tiny, made, title="0004 (paper) PEPEUSDT 1h", quote="USDT")
    one = trip(bars, 5, 5, "end of day")
    yield "trade-one-bar", trade_chart(bars[5:6], one, title="0003 (paper) ETHUSDT 1h", quote="USDT")
    flat = [bar._replace(open=100.0, high=100.0, low=100.0, close=100.0) for bar in bars[:60]]
    yield "trade-flat", trade_chart(flat, trip(flat, 20, 40, "time"), title="0003 (paper) USDCUSDT 1h", quote="USDT")
    month = made_bars(43_200, seed=9)
    yield "equity", equity_picture(account(month, timedelta(minutes=1)), title="0003 (LIVE) ETHUSDT", quote="USDT")
    yield "equity-loss", equity_picture(account(bars[:200], HOUR), title="0003 (paper) ETHUSDT", quote="USDT")
    yield "equity-first-day", equity_picture(account(bars[:3], HOUR), title="0003 (paper) ETHUSDT", quote="USDT")
    yield "equity-one", equity_picture(account(bars[:1], HOUR), title="0003 (paper) ETHUSDT", quote="USDT")


def mails(drawn: dict[str, bytes]) -> Iterator[tuple[str, Message]]:
    """Word all examples."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    bars = made_bars(400, interval=HOUR)
    made = trip(bars, *best(bars, held=24, sign=1), "take profit")
    sold = {
        "lot": 1, "price": str(made.exit_price), "profit": str(made.profit), "reason": made.reason, "quantity": "0.75",
        "entry_price": str(made.entry_price), "percent": str(made.percent), "fees": "0.16", "held_seconds": 86_400,
    }  # fmt: skip
    day = {
        "day": "2026-11-22", "until": "2026-11-23T00:00:00+00:00", "trades": 3, "won": 2, "profit": "35.40",
        "fees": "6.10", "equity": "10035.40", "drawdown_pct": "1.25", "position": "0.75", "unrealised": "-4.10",
        "uptime_seconds": 90_000, "starts": 1, "rebuilt": 0,
    }  # fmt: skip
    for name, event, picture in (
        ("exit", Event(EventKind.TRADE_EXIT, made.exit_time, "", sold), drawn["trade-gain"]),
        ("day", Event(EventKind.DAILY_SUMMARY, noon, "", day), drawn["equity"]),
        ("error", Event(EventKind.ERROR, noon, "the broker is away for too long: entries are blocked until it is back; "
                        "real positions stay as they are, and are watched"), None),
    ):  # fmt: skip
        told = message_of(event, WHOSE)
        yield name, Message(told.title, told.lines, told.alarming, picture)


def main(folder: Path) -> None:
    """Write all examples into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = dict(pictures())
    for name, png in drawn.items():
        (folder / f"{name}.png").write_bytes(png)
    me = Address("Trading bots", addr_spec="bots@example.org")
    for name, message in mails(drawn):
        letter = letter_of(message, me, Address(addr_spec="you@example.org"), datetime.now(UTC))
        (folder / f"mail-{name}.eml").write_bytes(bytes(letter))
        page = letter.get_body(("html",))
        assert page is not None
        text = str(page.get_content())
        for picture in (part for part in letter.walk() if part.get_content_type() == "image/png"):
            (folder / f"mail-{name}.png").write_bytes(picture.get_content())
            text = text.replace(f"cid:{str(picture['Content-ID'])[1:-1]}", f"mail-{name}.png")
        (folder / f"mail-{name}.html").write_text(text)
    print(f"{len(list(folder.iterdir()))} files in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
