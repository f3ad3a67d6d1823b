"""What a person reads about a bad document: where, what is wrong, what would be right."""

import pytest

from tests.unit.config.documents import faults_of, full, put, refusal


def test_all_faults_are_told_at_once_those_between_sections_included() -> None:
    document = full()
    put(document, "data.data_source", "yahoo")
    put(document, "data.symbol", "ETHUSDT")
    put(document, "trading.max_positions", 0)
    put(document, "strategy.exit_logic.params.x_rsi_period", 0)
    assert set(faults_of(document)) == {
        "data.data_source", "data.symbol", "trading.max_positions", "strategy.exit_logic.params.x_rsi_period",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("trading.position_size", 1.5, "1.5 is out of range, must be a number above 0 and at most 1"),
        ("trading.position_size", "0.1", '"0.1" is a text, must be a number above 0 and at most 1'),
        ("trading.position_size", True, "true is a boolean, must be a number above 0 and at most 1"),
        ("trading.max_positions", 1.5, "1.5 is not whole, must be a whole number from 1 to 100"),
        (
            "trading.price_step",
            1e-30,
            "1E-30 has too many decimals, must be a number above 0 and at most 1000000, or null",
        ),
        ("trading.symbol", "btcusdt", '"btcusdt" is not in capitals, write "BTCUSDT"'),
        ("trading.symbol", "BTC USDT", '"BTC USDT" has not the right form, must be a text such as "BTCUSDT"'),
        ("data.interval", "2h", '"2h" is not among its values, must be "1m", "5m", "15m", "30m", "1h", "4h" or "1d"'),
        ("broker.comission", 0.1, 'is an unknown key; did you mean "commission"?'),
        (
            "notifications",
            [],
            "is a list, must be an object with daily_summary, email, enabled, status_interval or telegram",
        ),
        ("notifications.telegram", "on", "is a text, must be an object with enabled or notify_on"),
        ("notifications.email.enabled", None, "is null, must be true or false"),
        ("notifications.email.notify_on", ["error", "error"], 'names "error" more than once, name each event once'),
        ("risk_management.day_timezone", "Europe/Berln", 'no known time zone; did you mean "Europe/Berlin"?'),
        ("risk_management.day_timezone", "Europe", "no known time zone"),
        (
            "risk_management.trailing_stop.trailing_pct",
            100,
            "100 is out of range, must be a number above 0 and below 100",
        ),
        ("data.file", "bars.csv", 'means nothing to data from binance, leave it out or set data_source to "replay"'),
        ("data.seed", 7, 'means nothing to data from binance, leave it out or set data_source to "mock"'),
        ("data.speed", 60, "cannot be changed for data from binance"),
        ("strategy.type", "costum", "did you mean 'custom'?"),
        ("strategy.params", {"period": 3}, "write them into entry_logic.params and exit_logic.params"),
        ("strategy.entry_logic.name", "RSIBBVolumEntryMixin", "did you mean 'RSIBBVolumeEntryMixin'?"),
        ("strategy.entry_logic.params.e_rsi_perod", 3, "did you mean 'e_rsi_period'?"),
        ("strategy.entry_logic.params.rsi_period", 3, "means the same as 'e_rsi_period'"),
        ("strategy.entry_logic.params.e_rsi_period", "14", '"14" is a text, must be a whole number from 1 to 10000'),
        ("strategy.exit_logic.params.x_rsi_overbought", 101, "101 is out of range, must be a number from 0 to 100"),
    ],
)
def test_the_message_says_what_is_wrong_and_what_would_be_right(place: str, value: object, words: str) -> None:
    assert words in refusal(place, value)


def test_a_missing_key_is_told_with_what_belongs_there() -> None:
    document = full()
    del document["trading"]["symbol"], document["strategy"]["exit_logic"]
    assert faults_of(document) == {
        "trading.symbol": 'is missing, must be a text such as "BTCUSDT"',
        "strategy.exit_logic": "is missing, must be an object with name and params",
    }


def test_replay_needs_a_file_that_it_can_read() -> None:
    replay = put(put(full(), "broker.type", "mock"), "data.data_source", "replay")
    assert "is missing" in faults_of(replay)["data.file"]
    assert ".csv or .parquet" in faults_of(put(replay, "data.file", "bars.xlsx"))["data.file"]


@pytest.mark.parametrize(
    ("broker", "source", "right"),
    [
        ("binance_paper", "mock", 'must be "binance" (or broker.type "mock")'),
        ("binance", "yahoo", 'must be "binance" (or broker.type "mock" or "ibkr")'),
        ("ibkr", "binance", 'must be "ibkr" or "yahoo" (or broker.type "mock", "binance_paper" or "binance")'),
    ],
)
def test_a_broker_trades_only_on_bars_that_fit_it(broker: str, source: str, right: str) -> None:
    faults = faults_of(put(put(full(), "broker.type", broker), "data.data_source", source))
    assert right in faults["data.data_source"]


def test_symbols_must_agree_and_look_like_the_venues() -> None:
    assert "make them agree" in refusal("data.symbol", "ETHUSDT")
    dashed = put(put(full(), "trading.symbol", "BTC-USDT"), "data.symbol", "BTC-USDT")
    assert faults_of(dashed) == {
        "trading.symbol": '"BTC-USDT" is not as Binance writes it, only letters and digits like BTCUSDT'
    }


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.log", "logs/../../up.log", "~/x.log", "logs\\x.log", "logs/"])
def test_a_log_stays_below_the_working_directory(path: str) -> None:
    assert "leads out of the working directory" in refusal("logging.log_file", path)


def test_keys_written_by_strangers_are_quoted_and_cut() -> None:
    (place,) = faults_of(put(full(), "x\x1b[31m" + "y" * 100, 1))
    assert place.isprintable()
    assert len(place) < 80
