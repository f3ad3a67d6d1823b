"""`feed`, `check` and `download` on each venue's own wire."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.bars_file import read_bars
from adapters.yahoo import clock as yahoo_clock
from bots.cli import main
from strategies.bar import Bar
from tests.made_bars import made_bars
from tests.process.running import ROOT
from tests.venues.binance import API_KEY, API_SECRET, BinanceDouble, Fault
from tests.venues.bots import KEYS
from tests.venues.tws.double import TwsDouble
from tests.venues.yahoo.clocks import SteppedClock
from tests.venues.yahoo.double import YahooDouble
from tests.venues.yahoo.staging import apple, at

pytestmark = pytest.mark.slow

# Not ours: a library that has not yet followed the one it uses.
WARNINGS_OF_CALENDARS = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::pandas.errors.Pandas4Warning")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAST = 2500
PATIENCE_SECONDS = 60.0
KLINES = "GET /api/v3/klines"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def recent(past: int, length: timedelta = HOUR, to_come: int = 0) -> list[Bar]:
    """Return bars that have closed, the one that is forming now, and some that are to come."""
    now = datetime.now(UTC).timestamp()
    first = datetime.fromtimestamp(now // length.total_seconds() * length.total_seconds(), UTC) - past * length
    return [
        bar._replace(time=first + number * length, volume=round(bar.volume, 2))
        for number, bar in enumerate(made_bars(past + 1 + to_come))
    ]


def marks(result: Result) -> set[str]:
    return {line.split()[0] for line in result.stdout.splitlines()}


# --- Binance --------------------------------------------------------------------------------------------------------


@pytest.fixture
def spot() -> Iterator[BinanceDouble]:
    # Prices come while it is looked at.
    with BinanceDouble(recent(PAST), past=PAST, interval="1h", pulse_seconds=0.02) as double:
        yield double


def at_spot(double: BinanceDouble) -> list[str]:
    return ["--http-url", double.http_url, "--ws-url", double.ws_url]


def download_spot(double: BinanceDouble, *options: str) -> Result:
    begin = f"{double.bars[0].time:%Y-%m-%dT%H:%M}"
    command = ["download", "binance", "BTCUSDT", "1h", "--from", begin, "--retry", "0.01", "--out", "bars.csv"]
    return call(*command, *at_spot(double), *options)


def test_binances_bars_come_whole_without_the_one_that_forms(spot: BinanceDouble) -> None:
    result = download_spot(spot)
    assert result.exit_code == 0, result.stderr
    assert list(read_bars(Path("bars.csv")).bars) == list(spot.bars[:PAST])
    assert read_bars(Path("bars.csv")).price_decimals == 2
    assert len(spot.requested("GET", "/api/v3/klines")) <= 4


def test_binance_breaks_off_refuses_to_be_asked_so_often_and_loses_no_bar(spot: BinanceDouble) -> None:
    spot.misbehave.reset(KLINES, executed=False, times=2)
    spot.misbehave.slow_down(KLINES, retry_after=1)
    spot.misbehave.fail(KLINES, 502, times=2)
    result = download_spot(spot)
    assert result.exit_code == 0, result.stderr
    for reason in ("Connection reset by peer", "Too much request weight", "Bad Gateway"):
        assert reason in result.stderr
    assert list(read_bars(Path("bars.csv")).bars) == list(spot.bars[:PAST])


def test_a_download_that_binance_ends_goes_on_later(spot: BinanceDouble) -> None:
    second = f"{int((spot.bars[0].time + 1000 * HOUR).timestamp() * 1000)}"
    spot.misbehave.add(Fault(KLINES, "reset", times=None, where=lambda asked: asked["startTime"] >= second))
    result = download_spot(spot)
    assert result.exit_code == 1
    assert "are kept in bars.csv.part, the same command goes on there" in result.stderr
    spot.misbehave.clear()
    assert download_spot(spot).exit_code == 0
    assert list(read_bars(Path("bars.csv")).bars) == list(spot.bars[:PAST])


def test_binance_does_not_know_the_symbol(spot: BinanceDouble) -> None:
    result = call("download", "binance", "NOSUCH", "1h", "--from", "2024-01-01", *at_spot(spot))
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert list(Path().iterdir()) == []


def test_binance_is_checked_without_keys(spot: BinanceDouble) -> None:
    result = checked_spot(spot)
    assert (result.exit_code, marks(result)) == (0, {"ok", "-"}), result.stdout


def test_binance_is_checked_with_keys_and_none_of_them_is_told(
    spot: BinanceDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    result = checked_spot(spot, "--json")
    assert result.exit_code == 0, result.stdout
    assert {finding["part"] for finding in json.loads(result.stdout)["findings"]} == {"data", "orders"}
    assert spot.requested("POST", "/api/v3/order") == []
    monkeypatch.setenv("BINANCE_API_SECRET", API_SECRET[::-1])
    wrong = checked_spot(spot)
    assert wrong.exit_code == 1
    assert not [word for word in (API_KEY, API_SECRET, API_SECRET[::-1]) if word in result.output + wrong.output]


def checked_spot(double: BinanceDouble, *options: str) -> Result:
    return call("check", "binance", *at_spot(double), *options)


def test_a_feed_of_binance_is_lost_and_back_and_misses_no_bar() -> None:
    bars = recent(20, timedelta(minutes=1), to_come=9)
    with BinanceDouble(bars, past=20) as double:
        command = ["feed", "binance", "BTCUSDT", "1m", "--count", "3", "--retry", "0.1", *at_spot(double)]
        process = subprocess.Popen(
            [sys.executable, "-m", "bots.cli", *command],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        double.wait_until(lambda: double.followers, PATIENCE_SECONDS, "a follower")
        double.push()
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        with double.maintenance():
            double.wait_until(lambda: not double.followers, PATIENCE_SECONDS, "no follower")
            double.push()
        double.wait_until(lambda: double.followers, PATIENCE_SECONDS, "a follower again")
        double.push()
        rest, told = process.communicate(timeout=PATIENCE_SECONDS)
    lines += rest.splitlines(keepends=True)
    assert process.returncode == 0
    assert [line.split()[0] for line in lines] == [f"{bar.time:%Y-%m-%dT%H:%M:%SZ}" for bar in bars[17:23]]
    assert lines[4].rstrip().endswith("filled in")
    assert [word for line in told.splitlines() for word in ("lost", "back") if f" {word}" in line] == ["lost", "back"]


# --- Yahoo ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def yahoo(monkeypatch: pytest.MonkeyPatch) -> Iterator[YahooDouble]:
    """A day of which the double knows the holidays before it."""
    clock = SteppedClock(at("2026-09-09 15:10:20"))
    monkeypatch.setattr(yahoo_clock, "DEFAULT", clock)
    with YahooDouble(apple(), now=clock.now) as double:
        yield double


def download_yahoo(double: YahooDouble, begin: str, end: str) -> Result:
    return call("download", "yahoo", "AAPL", "1h", "--from", begin, "--to", end, "--http-url", double.http_url)


@WARNINGS_OF_CALENDARS
def test_yahoos_hours_of_a_share_come_whole_and_nights_and_holidays_are_no_gaps(yahoo: YahooDouble) -> None:
    result = download_yahoo(yahoo, "2026-06-15", "2026-09-09")
    assert result.exit_code == 0, result.stderr
    assert ", no gap, in AAPL-1h.csv" in result.stdout
    sessions = [opens for opens, _ in yahoo.listings["AAPL"].sessions if at("2026-06-15") <= opens < at("2026-09-09")]
    expected = [opens + number * HOUR for opens in sessions for number in range(7)]
    assert [bar.time for bar in read_bars(Path("AAPL-1h.csv")).bars] == expected


@WARNINGS_OF_CALENDARS
def test_a_file_of_yahoos_hours_is_extended(yahoo: YahooDouble) -> None:
    download_yahoo(yahoo, "2026-06-15", "2026-08-01")
    assert download_yahoo(yahoo, "2026-06-15", "2026-09-09").exit_code == 0
    extended = Path("AAPL-1h.csv").read_bytes()
    Path("AAPL-1h.csv").unlink()
    assert download_yahoo(yahoo, "2026-06-15", "2026-09-09").exit_code == 0
    assert Path("AAPL-1h.csv").read_bytes() == extended


@WARNINGS_OF_CALENDARS
def test_yahoo_is_checked(yahoo: YahooDouble) -> None:
    good, bad = (call("check", "yahoo", symbol, "--http-url", yahoo.http_url) for symbol in ("AAPL", "NOSUCH"))
    assert (good.exit_code, bad.exit_code) == (0, 1), good.stdout


# --- Interactive Brokers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("interval", "size", "length"), [("1h", "1 hour", HOUR), ("1d", "1 day", DAY)])
def test_bars_of_interactive_brokers_come_whole_page_after_page(interval: str, size: str, length: timedelta) -> None:
    bars = recent(1500, length)
    with TwsDouble() as double:
        double.past("AAPL", size, bars)
        begin = f"{bars[0].time:%Y-%m-%dT%H:%M}"
        # Before the last days: whether a day's bar is over is a matter of the weekday on which this runs.
        days = ["--from", begin, "--to", f"{bars[-9].time:%Y-%m-%dT%H:%M}"]
        result = call("download", "ibkr", "AAPL", interval, *days, "--port", double.port, "--out", "bars.csv")
        assert result.exit_code == 0, result.stderr
        assert list(read_bars(Path("bars.csv")).bars) == bars[:-9]
        pages = 1500 * length / (timedelta(days=30) if length == HOUR else timedelta(days=365))
        assert len(double.received("reqHistoricalData")) < 2 * pages + 5, "no page is asked for again and again"
        assert double.complaints == []


def test_interactive_brokers_is_checked_with_its_account() -> None:
    with TwsDouble() as double:
        double.past("AAPL", "1 hour", recent(50))
        result = call("check", "ibkr", "--port", double.port)
        assert (result.exit_code, marks(result)) == (0, {"ok"}), result.stdout
        assert {line.split()[1] for line in result.stdout.splitlines()} == {"data", "orders"}


def test_a_gateway_that_does_not_run_fails_the_check_and_is_told_once() -> None:
    with TwsDouble() as double:
        pass
    result = call("check", "ibkr", "--port", double.port)
    assert result.exit_code == 1
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["FAIL", "-"]
