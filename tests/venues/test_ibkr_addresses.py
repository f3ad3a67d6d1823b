"""Client ids from names, and what host, port and account say about the money behind them."""

import random

import pytest

from adapters.feeds import Endpoints
from adapters.ibkr.account import choose_account
from adapters.ibkr.address import Address, address, may_be_real_money
from adapters.ibkr.client_id import HIGHEST, LOWEST, client_id_for
from adapters.ibkr.codes import taken_id
from strategies.errors import VenueLostError, VenueRefusedError

PAPER = Address("127.0.0.1", 4002, 7)
LIVE = Address("127.0.0.1", 4001, 7)


def test_a_name_has_the_same_client_id_in_every_run() -> None:
    assert client_id_for("bot-0001") == client_id_for("bot-0001") == 613_498_002


def test_client_ids_stay_in_their_range_and_differ() -> None:
    ids = {client_id_for(f"bot-{number:04}") for number in range(2000)}

    assert len(ids) == 2000
    assert min(ids) >= LOWEST
    assert max(ids) <= HIGHEST


def test_two_bots_that_share_an_id_are_told_what_to_set() -> None:
    at_first, later = (taken_id(7, "127.0.0.1:4002", for_good=sure) for sure in (False, True))

    assert isinstance(at_first, VenueLostError)
    assert isinstance(later, VenueRefusedError)
    for error in (at_first, later):
        assert "client with id 7" in str(error)
        assert "broker.client_id" in str(error)


def test_the_gateway_is_looked_for_on_this_machine_as_the_paper_one() -> None:
    assert address(Endpoints(), 7) == PAPER
    assert address(Endpoints(host="gateway", port=7496), 8) == Address("gateway", 7496, 8)


@pytest.mark.parametrize(
    ("account", "port", "real"),
    [
        ("DU1234567", 4001, False),
        ("U1234567", 4002, True),
        (None, 4002, False),
        (None, 7497, False),
        (None, 4001, True),
        (None, 7496, True),
        (None, 5000, True),
    ],
)
def test_money_is_real_unless_account_or_port_deny_it(account: str | None, port: int, real: bool) -> None:
    assert may_be_real_money(account, port) is real


def test_the_only_account_need_not_be_named() -> None:
    assert choose_account(("DU1",), None, PAPER) == "DU1"


@pytest.mark.parametrize(
    ("accounts", "wanted", "at", "sentence"),
    [
        (("DU1", "DU2"), None, PAPER, "several accounts, DU1, DU2: name one as broker.account"),
        (("DU1",), "DU9", PAPER, "has no account DU9, it has: DU1"),
        (("U1",), "DU9", LIVE, "it is logged in to live trading, and DU9 is for paper trading"),
        (("DU1",), "U9", PAPER, "it is logged in to paper trading, and U9 is for live trading"),
        (("U1",), None, PAPER, "port 4002 is the one for paper trading, but account U1 behind it has real money"),
    ],
)
def test_an_account_that_cannot_be_meant_is_refused(
    accounts: tuple[str, ...], wanted: str | None, at: Address, sentence: str
) -> None:
    with pytest.raises(VenueRefusedError, match=sentence):
        choose_account(accounts, wanted, at)


def test_random_names_are_as_good_as_any() -> None:
    names = {"".join(random.Random(number).choices("abcdefgh-", k=12)) for number in range(500)}

    assert len({client_id_for(name) for name in names}) == len(names)
