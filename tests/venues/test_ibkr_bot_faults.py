"""Faults of Interactive Brokers at a bot's entry, exit and stop: in the end the venue has what the journal says."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.venues.ibkr_faults import CASES, Case
from tests.venues.ibkr_trading import AT, SIZE, SYMBOL, Trading, trading, waits
from tests.venues.tws.arrived import Arrived
from tests.venues.tws.misbehaving import OrderFault

pytestmark = pytest.mark.slow

# How executions are told for as long as a bot lives, and whether it can know all fees.
TELLINGS: dict[str, tuple[dict[str, Any], bool]] = {
    "twice": ({"copies": 2, "partial_fills": 3}, True),
    "before the order": ({"tell_backwards": True, "partial_fills": 3}, True),
    "without the order": ({"withhold_statuses": True}, True),
    "by the order alone": ({"withhold_executions": True}, True),
    "with fees that come late": ({"commission_delay": 0.2}, True),
    "with fees only when asked": ({"commission_delay": None, "charges_when_asked": True}, True),
    "with fees never": ({"commission_delay": None}, False),
}


@pytest.mark.parametrize(("case", "where"), [pytest.param(c, w, id=f"{c}-{w}") for c in CASES for w in c.at])
def test_after_a_fault_at_an_order_the_venue_has_what_the_journal_says(case: Case, where: str, tmp_path: Path) -> None:
    with trading(tmp_path) as hours:
        fault = staged(hours, case, where)
        with hours.bot() as bot:
            hours.drive_until(bot, lambda _: fault.times == 0)
            hours.agree(bot)
            # A bot that gives up after a fault would agree with the venue, too.
            hours.drive_until_traded(bot)
            status = hours.agree(bot)
        assert hours.cash_agrees(status)
        assert status["restarts"] == 0
        assert case.told in bot.printed()


def staged(hours: Trading, case: Case, where: str, times: int = 1) -> OrderFault:
    """Let a fault wait for the order that it is to meet."""

    async def play(arrived: Arrived) -> None:
        await case.play(hours.double, arrived)

    return waits(hours.double, OrderFault(AT[where], play, times))


@pytest.mark.parametrize("how", TELLINGS)
def test_however_executions_are_told_each_is_booked_once(how: str, tmp_path: Path) -> None:
    switches, all_fees = TELLINGS[how]
    with trading(tmp_path) as hours:
        for name, value in switches.items():
            setattr(hours.double.misbehaving, name, value)
        with hours.bot() as bot:
            hours.drive_until_traded(bot)
            hours.drive_until_held(bot)
            stop = hours.stop_at_venue()
            for quantity in (Decimal(1), Decimal(2), stop.quantity - 3):
                hours.double.fill(stop.ref, quantity, stop.stop)
            hours.drive_until(bot, lambda status: status["trades"] >= 2)
            status = hours.agree(bot)
            reasons = [trade["exit_reason"] for trade in bot.trades()[:2]]
        assert reasons == ["time_limit", "risk_stop_loss"]
        assert hours.cash_agrees(status) == all_fees


@pytest.mark.parametrize("stop_on_exchange", [True, False])
def test_an_exit_decided_while_there_is_no_way_leaves_with_the_way_and_no_bar(
    stop_on_exchange: bool, tmp_path: Path
) -> None:
    with trading(tmp_path, stop_on_exchange=stop_on_exchange) as hours, hours.bot() as bot:
        hours.drive_until_held(bot)
        hours.drive(bot, 2)
        hours.double.lose_upstream_before(SYMBOL, SIZE, hours.bars_that_close())
        bot.wait_for("the outage", lambda _: "no connection to Interactive Brokers" in bot.printed())
        assert hours.double.position(SYMBOL)
        hours.double.restore_upstream(1102)
        bot.wait_for("the exit", lambda status: status["trades"])
        hours.agree(bot)


def test_a_stop_that_has_no_way_leaves_with_the_way_and_no_bar(tmp_path: Path) -> None:
    with trading(tmp_path) as hours:

        async def fill_and_lose(arrived: Arrived) -> None:
            arrived.go_on()
            hours.double.lose_upstream()

        fault = waits(hours.double, OrderFault(AT["entry"], fill_and_lose))
        with hours.bot() as bot:
            hours.drive_until_met(bot, fault)
            bot.wait_for("a stop that waits", lambda _: "waits for it" in bot.printed())
            hours.double.restore_upstream(1102)
            hours.agree(bot)
            assert hours.stop_at_venue().stop


def test_an_entry_that_has_no_way_is_dropped_and_told(tmp_path: Path) -> None:
    with trading(tmp_path) as hours, hours.bot() as bot:
        hours.drive(bot)
        hours.double.lose_upstream_before(SYMBOL, SIZE, hours.bars_that_close())
        bot.wait_for("the word of it", lambda _: "dropped" in bot.printed())
        hours.double.restore_upstream(1101)
        bot.wait_for("the end of the outage", lambda status: status["ready"])
        assert hours.double.orders == []
        hours.drive_until_traded(bot)
        hours.agree(bot)


@pytest.mark.parametrize(
    ("where", "is_taken"), [("entry", True), ("exit", True), ("exit", False), ("stop", True), ("taking back", True)]
)
def test_a_bot_killed_with_an_order_on_its_way_asks_what_became_of_it(
    where: str, is_taken: bool, tmp_path: Path
) -> None:
    with trading(tmp_path) as hours:

        async def freeze(arrived: Arrived) -> None:
            hours.double.freeze()
            if is_taken:
                arrived.go_on()

        fault = waits(hours.double, OrderFault(AT[where], freeze))
        with hours.bot() as bot:
            hours.drive_until_met(bot, fault)
            bot.kill()
        with hours.bot() as bot:
            bot.wait_for("the answer", lambda status: status["ready"])
            hours.agree(bot)
            hours.drive_until_traded(bot)
            assert hours.cash_agrees(hours.agree(bot))


def test_a_stop_filled_while_the_bot_is_down_is_booked_at_the_next_start(tmp_path: Path) -> None:
    with trading(tmp_path) as hours:
        with hours.bot() as bot:
            hours.drive_until_held(bot)
            stop = hours.stop_at_venue()
            bot.kill()
        hours.double.fill(stop.ref, price=stop.stop)
        with hours.bot() as bot:
            bot.wait_for("the stop's fill", lambda status: status["trades"])
            hours.agree(bot)
            assert bot.trades()[0]["exit_reason"] == "risk_stop_loss"


@pytest.mark.parametrize(("where", "most"), [("exit", 6), ("stop", 12)])
def test_what_is_refused_for_ever_is_tried_ever_less_often(where: str, most: int, tmp_path: Path) -> None:
    refused = next(case for case in CASES if case.name == "201 at once")
    with trading(tmp_path) as hours:
        fault = staged(hours, refused, where, times=1000)
        with hours.bot() as bot:
            hours.drive_until(bot, lambda _: fault.times < 1000)
            hours.drive(bot, 20)
            assert 1000 - fault.times <= most
            fault.times = 0
            hours.drive_until_traded(bot)
            hours.agree(bot)


def test_why_the_venue_ended_an_order_that_it_had_taken_is_told(tmp_path: Path) -> None:
    ended = next(case for case in CASES if case.name == "201 once it was taken")
    with trading(tmp_path) as hours:
        fault = staged(hours, ended, "entry")
        with hours.bot() as bot:
            hours.drive_until(bot, lambda _: fault.times == 0)
            hours.agree(bot)
        assert "Margin is short" in bot.printed()
