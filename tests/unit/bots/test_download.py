"""`tradingbot download`: every bar once, whatever came between, and nobody else's file touched."""

import fcntl
import json
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters import registry
from adapters.bars_file import read_bars
from bots.cli import main
from strategies.bar import Bar
from strategies.errors import VenueLostError, VenueRefusedError
from tests import scripted_venue
from tests.scripted_venue import bars_of, play

HOUR = timedelta(hours=1)
YEAR = bars_of(8784)
OUT = Path("BTCUSDT-1h.csv")
PART = Path("BTCUSDT-1h.csv.part")
LOST = VenueLostError("the venue does not answer")


@pytest.fixture(autouse=True)
def _at_a_venue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(registry.SOURCES, "scripted", scripted_venue.SOURCE)
    play(bars=YEAR)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)


def download(*options: object, begin: str = "2024-01-01", end: str = "2025-01-01") -> Result:
    """Download hours with hardly a pause between tries."""
    return call("download", "scripted", "BTCUSDT", "1h", "--from", begin, "--to", end, "--retry", "0.001", *options)


def done(*options: object, begin: str = "2024-01-01", end: str = "2025-01-01") -> list[str]:
    result = download(*options, begin=begin, end=end)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def held(path: Path = OUT) -> list[Bar]:
    return list(read_bars(path).bars)


def one_line(result: Result) -> str:
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = [line for line in result.stderr.splitlines() if "asked again in" not in line]
    return line


# --- What is written ------------------------------------------------------------------------------------------------


def test_a_file_holds_every_bar_of_the_venue_as_backtest_reads_it() -> None:
    assert done() == [
        f"8,784 bars from 2024-01-01 00:00 to 2024-12-31 23:00, no gap, in BTCUSDT-1h.csv ({kilobytes(OUT)} kB); "
        "now: tradingbot backtest BOT.json --bars BTCUSDT-1h.csv --out results"
    ]
    assert held() == YEAR
    assert sorted(path.name for path in Path().iterdir()) == ["BTCUSDT-1h.csv"]


def kilobytes(path: Path) -> str:
    return f"{path.stat().st_size / 1000:.1f}"


def test_a_bar_opened_at_from_is_wanted_and_one_opened_at_to_is_not() -> None:
    done(begin="2024-01-01T05:00", end="2024-01-02")
    assert held() == YEAR[5:24]


def test_a_day_after_another_continues_it_without_a_bar_twice() -> None:
    done("--out", "one.csv", end="2024-01-02")
    done("--out", "two.csv", begin="2024-01-02", end="2024-01-03")
    assert held(Path("one.csv")) + held(Path("two.csv")) == YEAR[:48]


def test_times_with_a_zone_are_understood() -> None:
    done(begin="2024-01-01T02:00+02:00", end="2024-01-01T05:00-05:00")
    assert held() == YEAR[:10]


def test_without_to_everything_up_to_now_comes() -> None:
    result = call("download", "scripted", "BTCUSDT", "1h", "--from", "2024-12-30")
    assert result.exit_code == 0
    assert held() == YEAR[-48:]


def test_what_was_downloaded_can_be_traded_on() -> None:
    done()
    strategy = {
        "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 60, "bb_dev": 0.2}},
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 10}},
    }
    Path("bot.json").write_text(json.dumps({"trading": {"symbol": "BTCUSDT"}, "strategy": strategy}))
    assert call("backtest", "bot.json", "--bars", OUT, "--out", "results").exit_code == 0
    assert json.loads(Path("results/trades.json").read_text())


def test_a_parquet_file_holds_the_same_bars() -> None:
    done("--out", "deep/down/year.parquet")
    assert held(Path("deep/down/year.parquet")) == YEAR
    assert [path.name for path in Path("deep/down").iterdir()] == ["year.parquet"]


def test_prices_show_the_decimals_of_the_price_step_and_every_digit_that_there_is() -> None:
    first = Bar(YEAR[0].time, 0.1, 0.3, 0.00001234, 0.2, 1e-9)
    play(bars=[first])
    done()
    assert OUT.read_text().splitlines()[1] == "2024-01-01T00:00:00Z,0.10,0.30,0.00001234,0.20,0.000000001"
    assert held() == [first]


def test_what_is_no_price_is_left_out_and_told() -> None:
    play(bars=[*YEAR[:5], YEAR[5]._replace(low=0.0), *YEAR[6:10]])
    lines = done()
    assert "1 of the venue's bars was left out, for it holds no prices" in lines
    assert held() == [*YEAR[:5], *YEAR[6:10]]


# --- Gaps -----------------------------------------------------------------------------------------------------------


def test_gaps_are_counted_and_the_first_listed_but_not_filled() -> None:
    missing = {number for start in range(100, 900, 100) for number in range(start, start + 3)}
    play(bars=[bar for number, bar in enumerate(YEAR[:1000]) if number not in missing])
    lines = done()
    assert lines[0] == "8 gaps, in which the venue has no bars; a missing bar is no bar to a backtest"
    assert lines[1] == "  after 2024-01-05 03:00 comes 2024-01-05 07:00"
    assert lines[6] == "  and 3 more"
    assert len(held()) == 1000 - 24


def test_nights_are_no_gaps_and_a_missing_hour_of_the_day_is_one() -> None:
    opens = [datetime(2024, 1, day, hour, 30, tzinfo=UTC) for day in range(2, 6) for hour in range(14, 21)]

    def next_close(after: datetime) -> datetime | None:
        return next((opened + HOUR for opened in opens if opened + HOUR > after), None)

    bars = [YEAR[0]._replace(time=time) for time in opens if (time.day, time.hour) != (3, 16)]
    play(bars=bars, next_close=next_close)
    lines = done()
    assert lines[:2] == [
        "1 gap, in which the venue has no bars; a missing bar is no bar to a backtest",
        "  after 2024-01-03 15:30 comes 2024-01-03 17:30",
    ]
    assert held() == bars


def test_a_venue_that_begins_later_is_told() -> None:
    lines = done(begin="2017-01-01")
    assert lines[0] == "the venue has no bars before 2024-01-01 00:00"
    assert held() == YEAR


# --- Going on -------------------------------------------------------------------------------------------------------


def test_a_file_that_has_it_all_is_left_as_it_is() -> None:
    done()
    before = OUT.stat()
    script = play(bars=YEAR)
    done()
    assert (OUT.stat().st_ino, OUT.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(script.asked) == 2, "its last bar is proved, and what comes after it is asked for"


@pytest.mark.parametrize("out", ["bars.csv", "bars.parquet"])
def test_a_file_is_extended_by_what_is_missing_only(out: str) -> None:
    done("--out", out, end="2024-06-01")
    script = play(bars=YEAR)
    done("--out", out)
    assert held(Path(out)) == YEAR
    june = datetime(2024, 5, 31, 22, tzinfo=UTC)
    assert all(after is not None and after >= june for after, _ in script.asked)


def test_a_file_is_extended_to_an_earlier_beginning_and_loses_nothing_at_its_end() -> None:
    done(begin="2024-06-01", end="2024-09-01")
    done(begin="2024-02-01", end="2024-03-01")
    assert held() == [bar for bar in YEAR if 2 <= bar.time.month < 9]


def test_a_file_that_begins_earlier_keeps_its_beginning() -> None:
    done(end="2024-03-01")
    done(begin="2024-02-01", end="2024-04-01")
    assert held() == [bar for bar in YEAR if bar.time.month < 4]


def test_a_file_is_extended_though_the_venue_has_forgotten_its_beginning() -> None:
    done(begin="2023-12-30", end="2024-02-01")
    script = play(bars=YEAR, answers=deque([VenueRefusedError("bars of so long ago are not to be had")]))
    done(begin="2023-12-30", end="2024-03-01")
    assert held() == [bar for bar in YEAR if bar.time.month < 3]
    assert not script.answers


def test_a_file_of_another_market_is_not_touched() -> None:
    play(bars=[bar._replace(close=bar.close + 0.01, high=bar.high + 1) for bar in YEAR])
    done(end="2024-02-01")
    before = OUT.read_bytes()
    play(bars=YEAR)
    assert "its bar of 2024-01-31 23:00 closed at" in one_line(download())
    assert OUT.read_bytes() == before
    assert not PART.exists()


def test_a_file_of_another_interval_is_not_touched() -> None:
    done(end="2024-02-01")
    play(bars=bars_of(40_000, timedelta(minutes=5)))
    told = call("download", "scripted", "BTCUSDT", "5m", "--from", "2024-01-01", "--to", "2024-03-01", "--out", OUT)
    assert "name another file with --out" in one_line(told)
    assert held() == YEAR[: 31 * 24]


# --- Breaking off ---------------------------------------------------------------------------------------------------


def broken_off(after_pages: int) -> None:
    """Stage a download that ended after some pages, because the venue stayed away; it is back afterwards."""
    play(bars=YEAR, answers=deque([None] * after_pages + [LOST] * 20))
    assert download().exit_code == 1
    play(bars=YEAR)


def test_a_venue_that_does_not_answer_for_a_while_is_asked_again() -> None:
    play(bars=YEAR, prepares=deque([LOST, LOST]), answers=deque([LOST, None, LOST, LOST, None, LOST]))
    result = download()
    assert result.exit_code == 0
    assert result.stderr.count("the venue does not answer; asked again in") == 6
    assert held() == YEAR


def test_a_venue_that_stays_away_ends_the_download_and_it_is_said_how_to_go_on() -> None:
    play(bars=YEAR, answers=deque([None] * 2 + [LOST] * 8))
    line = one_line(download())
    assert line == (
        "the venue does not answer; 2,000 bars up to 2024-03-24 07:00 are kept in BTCUSDT-1h.csv.part, the same "
        "command goes on there"
    )
    assert not OUT.exists()


def test_a_download_that_was_broken_off_goes_on_where_it_was() -> None:
    broken_off(after_pages=3)
    script = play(bars=YEAR)
    done()
    assert held() == YEAR
    assert not PART.exists()
    kept = YEAR[2999].time
    assert all(after is not None and after >= kept - HOUR for after, _ in script.asked)


def test_a_part_of_which_the_last_line_is_torn_goes_on_before_it() -> None:
    broken_off(after_pages=2)
    with PART.open("ab") as file:
        file.write(b"2024-03-24T09:00:00Z,92.1")
    done()
    assert held() == YEAR


def test_an_extension_that_was_broken_off_goes_on_where_it_was() -> None:
    done(end="2024-02-01")
    play(bars=YEAR, answers=deque([None] * 3 + [LOST] * 20))
    assert download().exit_code == 1
    assert held() == YEAR[: 31 * 24]
    script = play(bars=YEAR)
    done()
    asked = [after for after, _ in script.asked]
    january, kept = YEAR[31 * 24 - 1].time, YEAR[31 * 24 - 1 + 3000 - 1].time
    assert asked[:2] == [january - HOUR, kept - HOUR], "both are proved, and what comes along is gone on with"
    assert all(after is not None and after >= kept for after in asked[2:])
    assert held() == YEAR


def test_a_part_of_another_market_is_not_touched() -> None:
    broken_off(after_pages=2)
    before = PART.read_bytes()
    play(bars=[bar._replace(open=bar.low) for bar in YEAR])
    assert one_line(download()).startswith("BTCUSDT-1h.csv.part: its bar of")
    assert PART.read_bytes() == before


def test_a_part_that_begins_later_than_is_wanted_now_is_begun_anew() -> None:
    play(bars=YEAR, answers=deque([None] * 3 + [LOST] * 20))
    assert download(begin="2024-03-01").exit_code == 1
    play(bars=YEAR)
    done()
    assert held() == YEAR


def test_nothing_is_left_of_a_download_that_never_began() -> None:
    play(answers=deque([LOST] * 20))
    assert one_line(download()).endswith("nothing was downloaded yet, the same command begins again")
    assert list(Path().iterdir()) == []


def test_a_venue_is_left_alone_for_as_long_as_it_asks() -> None:
    play(bars=YEAR, answers=deque([VenueLostError("too many requests", 1.2)]))
    begun = datetime.now(UTC)
    done()
    assert (datetime.now(UTC) - begun).total_seconds() >= 1.2


def test_a_venue_that_has_banned_us_for_an_hour_is_not_waited_for() -> None:
    play(bars=YEAR, answers=deque([None, VenueLostError("banned", 3600.0)]))
    assert one_line(download()).startswith("banned; 1,000 bars up to")


def test_a_refusal_in_the_middle_keeps_what_there_is() -> None:
    play(bars=YEAR, answers=deque([None, VenueRefusedError("the symbol is not traded any more")]))
    assert one_line(download()).startswith("the symbol is not traded any more; 1,000 bars up to")
    assert len(held(PART)) == 1000


def test_a_second_download_into_the_same_file_is_refused() -> None:
    broken_off(after_pages=2)
    with PART.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert one_line(download()).startswith("another download writes BTCUSDT-1h.csv.part; ")
    done()


def test_nothing_is_held_open_at_the_venue_afterwards() -> None:
    script = play(bars=YEAR)
    done()
    assert script.closed == ["source"]


# --- What cannot be -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["teletype", "BTCUSDT", "1h"], 'no venue is called "teletype"; there are: binance,'),
        (["binanc", "BTCUSDT", "1h"], 'did you mean "binance"?'),
        (["scripted", "BTCUSDT", "7m"], "no interval is called '7m'; there are: 1m, 5m,"),
        (["scripted", "btcusdt", "1h"], '"btcusdt" is no symbol; write "BTCUSDT"'),
        (["scripted", "../BTC", "1h"], '"../BTC" is no symbol; write it like BTCUSDT'),
        (["scripted", "BTCUSDT", "1h", "--from", "soon"], "--from 'soon' is no date; write it like 2024-01-31"),
        (["scripted", "BTCUSDT", "1h", "--to", "2024-13-01"], "--to '2024-13-01' is no date"),
        (["scripted", "BTCUSDT", "1h", "--from", "0001-01-01"], "lies before 1970"),
        (["scripted", "BTCUSDT", "1h", "--to", "2024-01-01"], "--from 2024-01-01 does not lie before --to 2024-01-01"),
        (["scripted", "BTCUSDT", "1h", "--from", "2999-01-01"], "--from 2999-01-01 does not lie before --to now"),
        (["scripted", "BTCUSDT", "1h", "--out", "bars.xlsx"], "must end in .csv or .parquet"),
        (["scripted", "BTCUSDT", "1h", "--out", "file/bars.csv"], "file/bars.csv.part: cannot be written: "),
        (["scripted", "BTCUSDT", "1h", "--environment", "demo"], "scripted has no demo environment, only live"),
        (["scripted", "BTCUSDT", "1h", "--to", "2023-01-01", "--from", "2022-01-01"], "scripted has no 1h bars of"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(arguments: Sequence[str], sentence: str) -> None:
    Path("file").write_text("")
    given = [] if "--from" in arguments else ["--from", "2024-01-01"]
    assert sentence in one_line(call("download", *arguments, *given))
    assert [path.name for path in Path().iterdir()] == ["file"]


def test_the_venue_is_looked_for_where_it_is_said_to_be() -> None:
    script = play(bars=YEAR)
    done("--http-url", "http://127.0.0.1:1", "--ws-url", "ws://127.0.0.1:2", "--host", "gate", "--port", "3",
         "--client-id", "4")  # fmt: skip
    settings = script.feed_settings
    assert settings is not None
    endpoints = settings.endpoints
    assert (endpoints.http, endpoints.ws, endpoints.host, endpoints.port, settings.client_id) == (
        "http://127.0.0.1:1", "ws://127.0.0.1:2", "gate", 3, 4,
    )  # fmt: skip
