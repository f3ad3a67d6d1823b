"""`tradingbot check`: what is found is told with a mark, and a script can tell good from bad."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from adapters import registry
from adapters.live.source import Finding
from bots.cli import main
from bots.commands import checking
from strategies.errors import VenueLostError
from tests import scripted_venue
from tests.made_bars import write_made_bars
from tests.scripted_venue import play

GOOD = Finding("bars", True, "the last bar opened at 12:00")
CARE = Finding("withdrawals", False, "this key may withdraw", "take that permission from it", warning=True)
BAD = Finding("symbol", False, "there is no such symbol", "look it up")
KEYS = ("BINANCE_API_KEY", "BINANCE_API_SECRET")


@pytest.fixture(autouse=True)
def _at_a_venue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("binance", "ibkr", "yahoo"):
        monkeypatch.setitem(registry.SOURCES, name, scripted_venue.SOURCE)
    for name in ("binance", "ibkr"):
        monkeypatch.setitem(registry.LIVE_BROKERS, name, scripted_venue.BROKER)
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.setenv(name, "a-made-key")


def check(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)], catch_exceptions=False)


def document(**sections: dict[str, Any]) -> Path:
    strategy = {"entry_logic": {"name": "RSIBBEntryMixin"}, "exit_logic": {"name": "TimeBasedExitMixin"}}
    path = Path("bot.json")
    path.write_text(json.dumps({"trading": {"symbol": "ETHUSDT"}, "strategy": strategy} | sections))
    return path


@pytest.mark.usefixtures("keys")
def test_each_finding_is_a_line_with_its_mark_and_remedy() -> None:
    play(data=[GOOD, BAD], orders=[CARE])
    result = check("binance")
    assert result.stdout.splitlines() == [
        "ok    data    bars          the last bar opened at 12:00",
        "FAIL  data    symbol        there is no such symbol; look it up",
        "warn  orders  withdrawals   this key may withdraw; take that permission from it",
    ]
    assert result.exit_code == 1


@pytest.mark.usefixtures("keys")
def test_warnings_do_not_fail_it() -> None:
    play(data=[GOOD], orders=[CARE])
    assert check("binance").exit_code == 0


@pytest.mark.usefixtures("keys")
def test_a_broker_that_fails_fails_it() -> None:
    play(data=[GOOD], orders=[BAD])
    assert check("binance").exit_code == 1


@pytest.mark.usefixtures("keys")
def test_machines_get_the_same_as_json() -> None:
    play(data=[GOOD], orders=[CARE])
    assert json.loads(check("binance", "--json").stdout) == {
        "about": "binance BTCUSDT 1h",
        "good": True,
        "findings": [
            {"mark": "ok", "part": "data", "what": "bars", "detail": GOOD.detail, "remedy": ""},
            {"mark": "warn", "part": "orders", "what": "withdrawals", "detail": CARE.detail, "remedy": CARE.remedy},
        ],
        "skipped": None,
    }


def test_without_keys_orders_are_not_looked_at() -> None:
    script = play(data=[GOOD], orders=[BAD])
    result = check("binance")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "-     orders were not looked at: BINANCE_API_KEY and BINANCE_API_SECRET are not set"
    ]
    assert script.closed == ["source"]


def test_with_one_key_of_two_the_broker_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEYS[0], "a-made-key")
    play(data=[GOOD], orders=[BAD])
    assert check("binance").exit_code == 1


def test_a_gateway_that_is_there_is_asked_about_orders_too() -> None:
    script = play(data=[GOOD], orders=[GOOD])
    assert [line.split()[1] for line in check("ibkr").stdout.splitlines()] == ["data", "orders"]
    assert script.closed == ["source", "broker"]


def test_a_gateway_that_is_not_there_is_not_missed_twice() -> None:
    play(data=[BAD, GOOD], orders=[BAD])
    assert check("ibkr").stdout.splitlines()[-1] == "-     orders were not looked at: ibkr does not answer"


def test_a_venue_without_orders_says_so() -> None:
    play(data=[GOOD])
    assert check("yahoo").stdout.splitlines()[-1] == "-     orders were not looked at: yahoo takes none"


@pytest.mark.parametrize(("source", "symbol"), [("binance", "BTCUSDT"), ("ibkr", "AAPL"), ("yahoo", "AAPL")])
def test_each_venue_has_a_symbol_that_is_looked_at_unless_another_is_named(source: str, symbol: str) -> None:
    script = play(data=[GOOD])
    check(source)
    assert script.feed_settings is not None
    assert script.feed_settings.symbol == symbol
    check(source, "EUR.USD")
    assert script.feed_settings.symbol == "EUR.USD"


def test_a_venue_that_says_nothing_at_all_is_not_waited_for_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_PATIENCE_SECONDS", 0.05)
    script = play(data=[GOOD], silent=True)
    result = check("yahoo")
    assert result.exit_code == 1
    assert result.stdout.startswith("FAIL  data    answer        none within 0 s")
    assert script.closed == ["source"]


def test_a_source_that_breaks_its_word_and_raises_is_a_finding_too() -> None:
    play(data=VenueLostError("the line is gone"))
    result = check("yahoo")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (1, "FAIL  data    answer        the line is gone")


def test_a_documents_own_source_and_broker_are_looked_at_where_it_says_they_are() -> None:
    script = play(data=[GOOD], orders=[GOOD])
    path = document(
        data={"data_source": "binance", "interval": "5m", "endpoints": {"http": "http://127.0.0.1:1"}},
        broker={"type": "binance", "environment": "testnet", "endpoints": {"http": "http://127.0.0.1:2"}},
    )
    result = check(path)
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 2
    feed, broker = script.feed_settings, script.broker_settings
    assert feed is not None
    assert broker is not None
    assert (feed.symbol, feed.interval.total_seconds(), feed.environment) == ("ETHUSDT", 300, "testnet")
    assert (feed.endpoints.http, broker.endpoints.http) == ("http://127.0.0.1:1", "http://127.0.0.1:2")
    assert (broker.bot, broker.symbol) == ("bot", "ETHUSDT")


def test_a_document_without_network_is_good_as_it_is() -> None:
    result = check(document())
    assert result.stdout.splitlines() == [
        "ok    data    bars          mock needs no network",
        "-     orders were not looked at: broker mock is this program itself",
    ]
    assert result.exit_code == 0


def test_a_documents_file_of_bars_is_read() -> None:
    path = document(data={"data_source": "replay", "file": "bars.csv"})
    result = check(path)
    assert result.exit_code == 1
    assert result.stdout.startswith("FAIL  data    bars          bars.csv: cannot be read")
    write_made_bars(Path("bars.csv"), 10)
    assert check(path).stdout.splitlines()[0] == "ok    data    bars          bars.csv can be read"


@pytest.mark.parametrize("target", ["teletype", "none.json"])
def test_what_is_neither_venue_nor_document_is_told_in_one_line(target: str) -> None:
    result = check(target)
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1


def test_a_document_with_a_symbol_beside_it_is_a_wrong_call() -> None:
    assert check(document(), "BTCUSDT").exit_code == 2
