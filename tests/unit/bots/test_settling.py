"""Before a bot trades on an account it looks whether another one does."""

from decimal import Decimal

import pytest

from adapters.live.broker import Holdings
from bots.running.settling import make_sure_of_being_alone
from strategies.errors import VenueRefusedError
from tests.unit.adapters.live.scripted import ScriptedBroker

MINE, THEIRS = "0003-2601050000-T1-1", "other-2601050000-T1-1"


class Account(ScriptedBroker):
    """An account with orders."""

    def __init__(self, resting: tuple[str, ...] = (), recent: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._holdings = Holdings(Decimal(1), Decimal(1), Decimal(1), Decimal(1), resting, recent)

    async def holdings(self) -> Holdings:
        return self._holdings


@pytest.mark.parametrize("account", [Account((THEIRS,)), Account((MINE,), (MINE, THEIRS))], ids=["rests", "was done"])
async def test_another_bots_order_is_named_and_nothing_is_traded(account: Account) -> None:
    with pytest.raises(VenueRefusedError, match=THEIRS):
        await make_sure_of_being_alone("0003", account)


@pytest.mark.parametrize(
    "order_id", [MINE, "web_order", "x-1234", "", "0003-stop", "0003-2601050000-Q1-1"], ids=lambda each: each or "none"
)
async def test_a_bots_own_orders_and_those_of_people_stand_in_nobodys_way(order_id: str) -> None:
    await make_sure_of_being_alone("0003", Account((order_id,), (order_id,)))
