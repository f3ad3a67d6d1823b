"""Before a bot trades on an account it looks whether another one does."""

from decimal import Decimal

import pytest

from adapters.live.broker import Holdings
from bots.running.settling import make_sure_of_being_alone
from bots.trading.halts import HaltMode
from bots.trading.risk import Limits
from strategies.errors import VenueRefusedError
from tests.unit.adapters.live.scripted import ScriptedBroker
from tests.unit.bots.scripted import Desk, Script, bar, dashes

MINE, THEIRS = "0001-2601050000-T1-1", "other-2601050000-T1-1"


class Account(ScriptedBroker):
    """An account with orders."""

    def __init__(self, resting: tuple[str, ...] = (), recent: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._holdings = Holdings(Decimal(1), Decimal(1), Decimal(1), Decimal(1), resting, recent)

    async def holdings(self) -> Holdings:
        return self._holdings


@pytest.mark.parametrize("account", [Account((THEIRS,)), Account((MINE,), (MINE, THEIRS))], ids=["rests", "was done"])
async def test_another_bots_order_is_named_and_nothing_is_traded(account: Account) -> None:
    desk = Desk(Script())
    with pytest.raises(VenueRefusedError, match=THEIRS):
        await make_sure_of_being_alone(desk.trader, account)
    assert desk.trader.guard.halt is None


async def test_a_bot_that_holds_a_position_goes_on_watching_it_and_enters_nothing_more() -> None:
    desk = Desk(Script(enter=range(9), leave={2: "script"}), Limits(max_positions=2)).play(dashes(100))
    await make_sure_of_being_alone(desk.trader, Account((THEIRS,)))
    halt = desk.trader.guard.halt
    assert halt is not None
    assert (halt.mode, THEIRS in halt.detail) == (HaltMode.BLOCK_ENTRIES, True)
    desk.play([bar(1, 100), bar(2, 100)])
    assert desk.trades == [(0, 2, "script")]


@pytest.mark.parametrize(
    "order_id", [MINE, "web_order", "x-1234", "", "0001-stop", "0001-2601050000-Q1-1"], ids=lambda each: each or "none"
)
async def test_a_bots_own_orders_and_those_of_people_stand_in_nobodys_way(order_id: str) -> None:
    desk = Desk(Script())
    await make_sure_of_being_alone(desk.trader, Account((order_id,), (order_id,)))
    assert desk.trader.guard.halt is None
