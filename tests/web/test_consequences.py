"""What people are told before an action, for every kind of bot: it has to be true, and to name what is at stake."""

from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from bots.seen.rows import Row, State
from bots.trading.halts import HaltMode
from bots.web.bots import Action, Entry, OnLeaving
from bots.web.consequences import Consequence, asks_for_position, consequence, needs_name, resting_stops

ROW = Row("first", "paper", State.READY, symbol="ETHUSDT", currency="USDT", position=Decimal(0), price=Decimal(2000),
          trades=3)  # fmt: skip
STOP_AT = (Decimal("1901.5"),)


def bot(**known: Any) -> Entry:
    return Entry("first", replace(ROW, **known))


def holding(**known: Any) -> Entry:
    return bot(position=Decimal("0.5"), **known)


def live(**known: Any) -> Entry:
    return holding(mode="live", **known)


def said(told: Consequence) -> str:
    return " ".join(told.sentences)


def at_home(action: Action, entry: Entry, **more: Any) -> Consequence:
    return consequence(action, entry, "folder", **more)


def in_cluster(action: Action, entry: Entry, **more: Any) -> Consequence:
    return consequence(action, entry, "cluster", **more)


# --- The position -------------------------------------------------------------------------------------------------


def test_a_stopped_bot_keeps_its_position_and_nobody_watches_it() -> None:
    told = at_home(Action.STOP, holding())
    assert told.title == "Stop first?"
    assert "Its position of 0.5 ETH (1,000.00 USDT) is kept." in told.sentences
    assert "Nobody watches the position until the bot runs again." in told.sentences
    assert told.button == "Stop it and keep the position"


def test_a_bot_that_holds_nothing_is_asked_nothing_about_it() -> None:
    told = at_home(Action.STOP, bot())
    assert "It holds nothing." in told.sentences
    assert (told.button, told.danger, told.type_name) == ("Stop it", False, False)
    assert not asks_for_position(Action.STOP, bot(), "folder")


def test_stopping_with_the_position_sold_says_so_first() -> None:
    told = at_home(Action.STOP, holding(), position=OnLeaving.CLOSE)
    assert told.sentences[0].startswith("Its position of 0.5 ETH (1,000.00 USDT) is sold at the market first")
    assert "is kept" not in said(told)
    assert told.button == "Sell everything and stop it"
    assert told.danger


def test_what_nobody_knows_is_not_called_nothing() -> None:
    told = at_home(Action.STOP, bot(position=None, state=State.NO_ANSWER))
    assert "holds nothing" not in said(told)
    assert "not known" in said(told)


def test_figures_of_a_bot_that_does_not_answer_are_told_as_its_last() -> None:
    assert "as it was last heard" in said(at_home(Action.DELETE, holding(state=State.NO_ANSWER)))


# --- The stop that rests at the venue -------------------------------------------------------------------------------


def test_a_stop_at_the_venue_outlives_the_bot_and_may_sell() -> None:
    told = at_home(Action.STOP, live(), stops=STOP_AT)
    assert (
        "Its stop at 1901.5 stays at the venue and may sell; besides it, nobody watches the position until the bot "
        "runs again." in told.sentences
    )


def test_without_a_stop_at_the_venue_nobody_is_promised_one() -> None:
    told = at_home(Action.STOP, live(), stops=())
    assert "No stop of it rests at the venue: nobody watches the position until the bot runs again." in told.sentences


def test_where_it_is_not_known_whether_a_stop_rests_both_is_said() -> None:
    assert "A stop that rests at the venue stays there and may sell" in said(at_home(Action.STOP, live()))


@pytest.mark.parametrize("action", [Action.CLOSE, Action.STOP, Action.DELETE])
def test_what_sells_takes_the_stop_back_before(action: Action) -> None:
    told = at_home(action, live(), position=OnLeaving.CLOSE, stops=STOP_AT)
    assert "Its stop at 1901.5 is taken back from the venue before that." in told.sentences


def test_a_paper_bot_has_no_stop_at_a_venue() -> None:
    for action, position in product(Action, OnLeaving):
        assert "venue" not in said(at_home(action, holding(), position=position)), action


def test_a_deleted_bots_stop_may_still_sell() -> None:
    told = at_home(Action.DELETE, live(), stops=STOP_AT)
    assert "Its position of 0.5 ETH (1,000.00 USDT) stays on the account, and nobody watches it any more." in (
        told.sentences
    )
    assert "Its stop at 1901.5 stays at the venue and may still sell." in told.sentences


# --- Halts --------------------------------------------------------------------------------------------------------


def test_a_mild_halt_leaves_stops_and_exits_at_work() -> None:
    told = at_home(Action.HALT, live())
    assert "its exits and stops work on, and orders at the venue stay there" in said(told)
    assert not told.danger
    assert not told.type_name


def test_a_halt_that_takes_orders_back_says_that_the_bot_alone_watches() -> None:
    told = at_home(Action.HALT, live(), mode=HaltMode.CANCEL_ORDERS)
    assert "Every order of it is taken back from the venue, stops too." in told.sentences
    assert "only as long as it runs" in said(told)
    assert told.danger


def test_a_halt_that_sells_is_told_as_closing_the_position() -> None:
    told = at_home(Action.HALT, live(), mode=HaltMode.CLOSE_POSITIONS)
    assert told == at_home(Action.CLOSE, live())
    assert "halted: it makes no entries until it is resumed" in said(told)


def test_resuming_says_what_becomes_of_the_limit_that_halted() -> None:
    assert "counted anew" in said(at_home(Action.RESUME, bot(detail="max_drawdown_pct: equity 997 is ...")))
    assert "asked again" in said(at_home(Action.RESUME, bot(detail="strategy_failed: ZeroDivisionError")))
    plain = said(at_home(Action.RESUME, bot(detail="manual_halt: lunch")))
    assert "anew" not in plain
    assert "asked again" not in plain


def test_a_stopped_bot_that_is_resumed_does_not_run_by_that() -> None:
    assert "once it is started" in said(at_home(Action.RESUME, bot(state=State.STOPPED, detail="halted: manual_halt")))


# --- Starting -------------------------------------------------------------------------------------------------------


def test_a_start_says_that_what_was_missed_may_sell_at_once() -> None:
    told = at_home(Action.START, holding(state=State.STOPPED))
    assert "if its exit or a stop was reached meanwhile, it sells at the present price" in said(told)


def test_a_halted_bot_stays_halted_when_it_is_started() -> None:
    told = at_home(Action.START, bot(state=State.STOPPED, detail="halted: manual_halt: lunch"))
    assert "makes no entries until it is resumed" in said(told)


# --- Real money -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["live", "fallback"])
@pytest.mark.parametrize("action", list(Action))
def test_real_money_is_named_first_whatever_is_done(action: Action, mode: str) -> None:
    assert "real money" in at_home(action, holding(mode=mode)).sentences[0]


@pytest.mark.parametrize("action", list(Action))
def test_paper_is_never_called_real_money_and_asks_for_no_name(action: Action) -> None:
    told = at_home(action, holding())
    assert "real money" not in said(told)
    assert not told.type_name


@pytest.mark.parametrize(
    ("action", "held", "asked"),
    [
        (Action.START, "0.5", False),
        (Action.RESUME, "0.5", False),
        (Action.HALT, "0.5", False),
        (Action.STOP, "0", False),
        (Action.STOP, "0.5", True),
        (Action.STOP, None, True),
        (Action.CLOSE, "0.5", True),
        (Action.DELETE, "0", True),
        (Action.RESTART, "0", True),
    ],
)
def test_a_live_bots_name_is_asked_for_where_money_is_at_stake(action: Action, held: str | None, asked: bool) -> None:
    entry = bot(mode="live", position=None if held is None else Decimal(held))
    assert needs_name(action, entry) is asked
    assert at_home(action, entry).type_name is asked


# --- Where it lives -------------------------------------------------------------------------------------------------


def test_at_home_a_deleted_document_is_put_aside_and_the_journal_stays() -> None:
    told = said(at_home(Action.DELETE, bot()))
    assert "`.deleted`" in told
    assert "Its journal stays" in told


def test_in_a_cluster_the_volume_stays_unless_the_resource_says_otherwise() -> None:
    told = said(in_cluster(Action.DELETE, bot()))
    assert "`storage.onDelete` is Delete" in told
    assert "`.deleted`" not in told


def test_in_a_cluster_a_stop_is_a_suspension() -> None:
    assert "The resource is suspended" in said(in_cluster(Action.STOP, bot()))


def test_in_a_cluster_a_restart_may_wait_until_the_bot_is_flat() -> None:
    assert "OnFlat" in said(in_cluster(Action.RESTART, holding()))


def test_only_in_a_cluster_does_a_stopped_bot_run_once_more_to_sell() -> None:
    stopped = holding(state=State.STOPPED)
    told = in_cluster(Action.DELETE, stopped, position=OnLeaving.CLOSE)
    assert "It runs once more, to sell." in told.sentences
    assert asks_for_position(Action.DELETE, stopped, "cluster")
    assert not asks_for_position(Action.DELETE, stopped, "folder")
    refused = said(at_home(Action.DELETE, stopped, position=OnLeaving.CLOSE))
    assert "start it" in refused


def test_a_bot_that_should_run_and_does_not_is_not_said_to_end() -> None:
    told = at_home(Action.STOP, holding(state=State.STOPPED))
    assert told.sentences[0] == "It does not run now, and will not be expected to run any more."
    assert "process ends" not in said(told)
    assert "cannot sell" in said(at_home(Action.STOP, holding(state=State.STOPPED), position=OnLeaving.CLOSE))


def test_a_bot_at_home_that_cannot_be_read_cannot_sell() -> None:
    broken = holding(state=State.UNREADABLE)
    assert not asks_for_position(Action.DELETE, broken, "folder")
    assert asks_for_position(Action.DELETE, broken, "cluster")


def test_everything_can_be_asked_of_every_kind_of_bot() -> None:
    kinds = [bot, holding, live]
    for make, state, action, position, mode, kind in product(
        kinds, State, Action, OnLeaving, HaltMode, ("folder", "cluster")
    ):
        for stops in (None, (), STOP_AT):
            told = consequence(action, make(state=state), kind, position, mode, stops)
            assert told.title.endswith("first?")
            assert told.sentences
            assert all(line[0].isupper() and line.endswith(".") for line in told.sentences), told


# --- What a status says of stops --------------------------------------------------------------------------------------


def test_stops_are_read_off_a_status() -> None:
    lots = [{"stop_at_venue": 95.5}, {"stop_at_venue": None}, {"stop_at_venue": 97}]
    assert resting_stops({"position": {"lots": lots}}) == (Decimal("95.5"), Decimal(97))


@pytest.mark.parametrize(
    "nonsense", [{}, {"position": None}, {"position": {"lots": [7, {}]}}, {"position": {"lots": 3}}]
)
def test_a_strangers_nonsense_holds_no_stops(nonsense: dict[str, Any]) -> None:
    assert resting_stops(nonsense) == ()
