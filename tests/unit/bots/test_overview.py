"""Many bots at a glance: a row for each, in an order, with totals, in the columns that fit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bots.running.health import Health
from bots.seen.columns import COLUMNS, Tone, detail, figure, layout, mode_cell, short_time, tone_of
from bots.seen.overview import Order, distinct, in_order, matching, states, totals
from bots.seen.rows import Row, State, row_of_journal, row_of_status, unanswered
from bots.seen.status import Surroundings, describe
from bots.trading.halts import Halt, HaltMode
from bots.trading.keeping import Saved, SavedLot, TraderState
from bots.trading.risk import DayTotals, Limits
from tests.unit.bots.scripted import DOCUMENT, START, Desk, Script, dashes

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WELL = Health(True, True, ())
AROUND = Surroundings("running", "0.1.0", pid=7, address="http://127.0.0.1:8080", feed_connected=True,
                      broker_connected=True, last_bar_arrived=NOW - timedelta(seconds=12))  # fmt: skip


def said(health: Health = WELL, around: Surroundings = AROUND, limits: Limits | None = None) -> dict[str, Any]:
    """Return what a bot says of itself that bought 5 at 100, for a fee of 5, and saw 110 after it."""
    desk = Desk(Script(enter=[0]), limits, commission="0.01").play(dashes(100, 110))
    return describe(DOCUMENT, desk.trader, health, around)


def row(bot: str = "0001", state: State = State.READY, mode: str = "paper", **known: Any) -> Row:
    return replace(Row(bot, mode, state, currency="USDT", equity=Decimal(1000), profit=Decimal(0)), **known)


# --- A row ------------------------------------------------------------------------------------------------------


def test_a_running_bots_row_has_its_figures() -> None:
    made = row_of_status(said(), NOW)
    assert (made.state, made.detail, made.symbol, made.interval) == (State.READY, "", "BTCUSDT", "1h")
    assert (made.position, made.price, made.equity) == (Decimal(5), Decimal(110), Decimal(1045))
    assert (made.profit, made.currency, made.trades) == (Decimal(45), "USDT", 0)
    assert made.bar_age(NOW) == timedelta(seconds=12)


@pytest.mark.parametrize(
    ("health", "changed", "state", "detail"),
    [
        (Health(False, False, ("no bar for 600 s",)), {}, State.NOT_ALIVE, "no bar for 600 s"),
        (Health(True, False, ("the feed is not connected",)), {}, State.UNREADY, "the feed is not connected"),
        (Health(True, False, ("starting", "warming up")), {"state": "starting"}, State.STARTING, "warming up"),
        (Health(True, False, ("stopping",)), {"state": "stopping"}, State.STOPPING, ""),
        (WELL, {"halt": {"limit": "manual_halt", "detail": "lunch"}}, State.HALTED, "manual_halt: lunch"),
        (WELL, {"fallback": {"position": 2.5}}, State.FALLBACK,
         "the broker is away: new entries on paper, 2.5 held there"),
        (WELL, {"hold_until": "2026-11-23T12:01:00Z"}, State.READY, "no entries until 2026-11-23T12:01:00Z"),
    ],
)  # fmt: skip
def test_a_state_is_told_with_its_reason(health: Health, changed: dict[str, Any], state: State, detail: str) -> None:
    made = row_of_status(said(health) | changed, NOW)
    assert (made.state, made.detail) == (state, detail)


def test_a_halted_bot_that_is_unready_too_tells_both() -> None:
    halted = said(Health(True, False, ("the broker is not connected",))) | {"halt": {"limit": "manual_halt"}}
    made = row_of_status(halted, NOW)
    assert made.state is State.HALTED
    assert made.detail.endswith("; the broker is not connected")


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        {"bot": None, "data_feed_status": [], "broker_status": "gone", "position": 7, "reasons": "none"},
        {"broker_status": {"equity": True}, "fallback": 1},
        {"broker_status": {"equity": "NaN", "initial_balance": True}, "trades": "many", "restarts": -1.5},
        {"data_feed_status": {"last_price": 10**400, "last_bar_arrived": "yesterday"}, "halt": ["x"]},
        {"data_feed_status": {"last_bar_arrived": "2026-11-23T12:00:00"}, "today": {"profit": {}}},
    ],
)
def test_a_strangers_nonsense_becomes_a_row_without_figures(nonsense: dict[str, Any]) -> None:
    made = row_of_status(nonsense, NOW)
    assert (made.state, made.equity, made.bar_arrived) == (State.NOT_ALIVE, None, None)


def test_what_a_stranger_says_steers_no_terminal() -> None:
    made = row_of_status(said() | {"bot": "a\x1b[2Jb\n", "last_error": "x\r\ny"}, NOW)
    assert (made.bot, made.last_error) == ("a\\x1b[2Jb\\n", "x\\r\\ny")


SAVED = Saved(
    TraderState(
        first_bar=START, bar_time=START, last_price=Decimal(110), cash=Decimal(495), realised=Decimal(0),
        fees=Decimal(5), closed=3, next_lot=5, peak_equity=Decimal(1100),
        day=DayTotals(START.date(), Decimal(1000)), rules={},
        lots=(SavedLot(4, START, Decimal(100), Decimal(5), Decimal(5), Decimal(5), Decimal(0), {}, 1, None, None, 0),),
    ),
    (),
)  # fmt: skip


def test_a_stopped_bots_row_agrees_with_what_it_said_when_it_ran() -> None:
    running, stopped = row_of_status(said(), NOW), row_of_journal("0001", "paper", "BTCUSDT", SAVED, None)
    assert stopped.state is State.STOPPED
    for key in ("position", "price", "equity", "profit", "currency"):
        assert getattr(stopped, key) == getattr(running, key), key
    assert stopped.drawdown_pct == Decimal(5)


def test_of_a_stopped_bot_what_was_sold_of_a_lot_and_what_was_left_of_others_count() -> None:
    (lot,) = SAVED.state.lots
    half = replace(lot, quantity=Decimal(3), proceeds=Decimal(240), commission=Decimal("7.4"))
    state = replace(SAVED.state, cash=Decimal("732.6"), lots=(half,))
    sold = row_of_journal("0001", "paper", "BTCUSDT", replace(SAVED, state=state), None)
    assert (sold.equity, sold.profit) == (Decimal("1062.6"), Decimal("62.6"))
    dusty = replace(SAVED, state=replace(state, dust=Decimal("0.1")))
    assert row_of_journal("0001", "paper", "BTCUSDT", dusty, None).equity == Decimal("1073.6")


def test_a_stopped_bot_with_real_coins_says_that_nobody_watches_them() -> None:
    assert row_of_journal("0001", "live", "BTCUSDT", SAVED, None).detail == "nobody watches its position"
    assert row_of_journal("0001", "paper", "BTCUSDT", SAVED, None).detail == ""


def test_a_stopped_bots_halt_is_not_forgotten() -> None:
    halt = Halt("manual_halt", "lunch", START, HaltMode.BLOCK_ENTRIES)
    assert row_of_journal("0001", "paper", "BTCUSDT", SAVED, halt).detail == "halted: manual_halt: lunch"


def test_the_currency_of_a_stopped_share_is_not_guessed() -> None:
    assert row_of_journal("0001", "paper", "SAP.DE", SAVED, None).currency == ""
    assert row_of_journal("0001", "paper", "EUR.USD", SAVED, None).currency == "USD"


def test_a_bot_that_never_saw_a_bar_has_a_row_too() -> None:
    made = row_of_journal("0001", "paper", "BTCUSDT", None, None)
    assert (made.detail, made.equity) == ("has seen no bar yet", None)


def test_a_bot_that_does_not_answer_keeps_its_figures_and_says_how_old_they_are() -> None:
    silent = unanswered(row_of_status(said(), NOW), "Connection refused")
    assert (silent.state, silent.equity) == (State.NO_ANSWER, Decimal(1045))
    assert detail(silent, NOW + timedelta(seconds=75)) == "Connection refused; as of 1m15s ago"
    assert detail(silent, NOW + timedelta(seconds=3)) == "Connection refused; as of 3s ago"


def test_an_answer_that_is_late_says_its_age_and_a_fresh_one_does_not() -> None:
    fresh = row(answered=NOW)
    assert detail(fresh, NOW + timedelta(seconds=3)) == ""
    assert detail(fresh, NOW + timedelta(seconds=12)) == "as of 12s ago"


# --- Many rows --------------------------------------------------------------------------------------------------


def names(rows: list[Row]) -> list[str]:
    return [each.bot for each in rows]


def test_trouble_comes_first_and_what_is_stopped_last() -> None:
    rows = [row(str(state), state) for state in reversed(State)]
    assert names(in_order(rows, Order.TROUBLE)) == [str(state) for state in State]


def test_of_equal_trouble_real_money_comes_first() -> None:
    rows = [row("a", State.HALTED), row("b", State.HALTED, "live"), row("c", State.NO_ANSWER)]
    assert names(in_order(rows, Order.TROUBLE)) == ["c", "b", "a"]


def test_real_coins_that_nobody_watches_come_before_what_is_well() -> None:
    rows = [row("well"), row("kept", State.STOPPED, "live", position=Decimal(1)), row("toy", State.STOPPED,
            position=Decimal(1)), row("empty", State.STOPPED, "live", position=Decimal(0))]  # fmt: skip
    assert names(in_order(rows, Order.TROUBLE)) == ["kept", "well", "empty", "toy"]


def test_the_worst_comes_first_by_profit_and_by_drawdown_and_the_unknown_last() -> None:
    rows = [
        row("none", profit=None),
        row("won", profit=Decimal(5), drawdown_pct=Decimal(1)),
        row("lost", profit=Decimal(-5), drawdown_pct=Decimal(9)),
    ]
    assert names(in_order(rows, Order.PROFIT)) == ["lost", "won", "none"]
    assert names(in_order(rows, Order.DRAWDOWN)) == ["lost", "won", "none"]


def test_each_order_has_a_next_one_until_the_first_comes_again() -> None:
    seen = [Order.TROUBLE]
    for _ in Order:
        seen.append(seen[-1].next())
    assert set(seen) == set(Order)
    assert seen[-1] is Order.TROUBLE


def test_a_filter_wants_every_word_somewhere() -> None:
    rows = [row("eth-fast", symbol="ETHUSDT"), row("eth-slow", State.HALTED, symbol="ETHUSDT"), row("btc")]
    assert names(matching(rows, "ETH halted")) == ["eth-slow"]
    assert names(matching(rows, "")) == ["eth-fast", "eth-slow", "btc"]


def test_money_is_added_by_mode_and_currency_and_never_across() -> None:
    rows = [
        row("a", today=Decimal(1)),
        row("b", today=Decimal(2), profit=Decimal(7)),
        row("c", mode="live"),
        row("d", currency="USD"),
        row("e", equity=None),
    ]
    assert [(each.mode, each.currency, each.bots, each.equity, each.today, each.profit) for each in totals(rows)] == [
        ("live", "USDT", 1, Decimal(1000), None, Decimal(0)),
        ("paper", "USD", 1, Decimal(1000), None, Decimal(0)),
        ("paper", "USDT", 2, Decimal(2000), Decimal(3), Decimal(7)),
    ]


def test_states_are_counted_with_the_greatest_trouble_first() -> None:
    rows = [row(), row(), row(state=State.HALTED)]
    assert states(rows) == [(State.HALTED, 1), (State.READY, 2)]


def test_one_process_reached_in_two_ways_is_one_bot() -> None:
    once = row_of_status(said(), NOW)
    again = row_of_status(said(), NOW + timedelta(seconds=1))
    other = row_of_status(said() | {"pid": 8}, NOW)
    assert distinct([once, again, other]) == [once, other]


def test_two_bots_of_one_name_that_do_not_run_are_two() -> None:
    assert len(distinct([row(state=State.STOPPED), row(state=State.STOPPED)])) == 2


# --- Columns ----------------------------------------------------------------------------------------------------

FULL = replace(row_of_status(said(), NOW), bot="bot-0001", restarts=2)


def titles(width: int | None, *rows: Row) -> list[str]:
    return [column.title for column, _ in layout(rows or (FULL,), NOW, width).columns]


def test_without_a_width_every_column_that_says_anything_is_there() -> None:
    assert titles(None) == [column.title for column in COLUMNS]
    assert not {"RESTARTS", "TODAY"} & set(titles(None, replace(FULL, restarts=0, today=None)))


def test_eighty_columns_hold_what_matters_most() -> None:
    kept = titles(80)
    assert {"BOT", "STATE", "MODE", "POSITION", "EQUITY", "PROFIT"} <= set(kept)
    assert "BROKER" not in kept


def test_what_matters_most_is_kept_longest_whatever_stands_before_it() -> None:
    assert titles(50) == ["BOT", "STATE", "MODE", "POSITION", "EQUITY", "PROFIT"]
    assert titles(35) == ["BOT", "STATE", "MODE", "EQUITY"]


@pytest.mark.parametrize("width", range(10, 200, 7))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = replace(FULL, bot="a-name-of-forty-characters-as-long-as-may", detail="x" * 300)
    made = layout([FULL, long], NOW, width)
    assert sum(wide + made.gap for _, wide in made.columns) + made.words <= width + made.gap


def test_details_stand_beside_a_bot_where_there_is_room_for_them() -> None:
    troubled = replace(FULL, detail="the feed is not connected")
    assert layout([troubled], NOW, 200).words == len("the feed is not connected")
    assert layout([troubled], NOW, 60).words == 0


def test_a_line_that_is_down_is_said_in_words() -> None:
    made = {column.title: column.cell(replace(FULL, broker_up=False), NOW) for column in COLUMNS}
    assert (made["BROKER"].text, made["BROKER"].tone) == ("mock down", Tone.BAD)
    assert made["FEED"].text == "mock"


def test_real_money_is_said_in_capitals() -> None:
    assert (mode_cell("live").text, mode_cell("paper").text) == ("LIVE", "paper")


def test_every_state_has_a_tone() -> None:
    assert {tone_of(state) for state in State} == {Tone.GOOD, Tone.WARN, Tone.BAD, Tone.DIM}


@pytest.mark.parametrize(
    ("number", "text"),
    [("0", "0"), ("92134.12", "92134.12"), ("1.085422", "1.085422"), ("0.000012345678", "0.000012345678"),
     ("123456789.5", "123456790"), ("100", "100"), ("1E+3", "1000"), ("-2.50", "-2.5")],
)  # fmt: skip
def test_a_figure_has_eight_digits_that_count_and_no_exponent(number: str, text: str) -> None:
    assert figure(Decimal(number)) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59, "59s"), (60, "1m00s"), (3599, "59m59s"), (3660, "1h01m"), (90000, "1d01h")]
)
def test_a_length_of_time_is_told_in_its_two_greatest_units(seconds: int, text: str) -> None:
    assert short_time(timedelta(seconds=seconds)) == text
