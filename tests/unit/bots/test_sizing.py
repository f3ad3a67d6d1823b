"""How much is bought, and why sometimes nothing is."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from bots.trading.book import Book
from bots.trading.orders import Fill, OrderIntent, Side
from bots.trading.risk import Refusal
from bots.trading.sizing import Sizing, entry_quantity
from strategies.base import Marks
from tests.unit.bots.scripted import SPEC, START


def quantity(
    size: str = "0.5", *, price: str = "100", cash: str = "1000", exposure: str | None = None, commission: str = "0",
    holding: str = "0", least_value: str = "0", least_units: str = "0.001", cushion: str = "0",
) -> Decimal | Refusal:  # fmt: skip
    """Return what is bought with an account that holds so many units at 100 beside its cash."""
    book = Book(Decimal(cash) + Decimal(holding) * 100)
    if Decimal(holding):
        entry = OrderIntent("b", 1, Side.BUY, Decimal(holding), START, Decimal(100), "entry")
        book.buy(entry, Fill("t", "b", Decimal(holding), Decimal(100), Decimal(0), START), Marks())
    spec = replace(SPEC, min_notional=Decimal(least_value), min_quantity=Decimal(least_units))
    sizing = Sizing(
        Decimal(size), None if exposure is None else Decimal(exposure), Decimal(commission), Decimal(cushion)
    )
    return entry_quantity(sizing, spec, book, Decimal(price))


def reason(answer: Decimal | Refusal) -> str:
    assert isinstance(answer, Refusal)
    return f"{answer.limit}: {answer.detail}"


def test_a_size_is_a_fraction_of_the_equity() -> None:
    assert quantity("0.5") == 5
    assert quantity("0.5", cash="500", holding="5") == 5, "cash and position together"


def test_a_size_is_rounded_down_to_the_instruments_step() -> None:
    assert quantity("1", price="300.01") == Decimal("3.333")


def test_a_size_is_cut_to_the_cash_with_room_for_the_commission() -> None:
    assert quantity("1", commission="0.01") == Decimal("9.900")


def test_a_real_order_leaves_a_cushion_of_the_cash_for_a_price_that_has_risen() -> None:
    assert quantity("1", commission="0.01", cushion="0.005") == Decimal("9.852")
    assert quantity("0.5", commission="0.01", cushion="0.005") == 5, "what is small enough is not cut"


def test_a_size_is_cut_to_the_exposure_that_is_left() -> None:
    assert quantity("0.5", cash="500", holding="5", exposure="0.7") == 2


def test_an_entry_without_room_is_refused_with_its_figures() -> None:
    assert reason(quantity(cash="500", holding="5", exposure="0.5")) == "max_exposure: 0.50 of at most 0.5"


def test_an_entry_below_the_least_size_is_refused_with_its_figures() -> None:
    told = reason(quantity("0.01", least_units="1"))
    assert told == "position_size: 10.00 USDT buy less than the least size 1 BTC"


def test_an_entry_of_exactly_the_least_size_is_made() -> None:
    assert quantity("0.1", least_units="1") == 1


def test_an_entry_below_the_least_value_is_refused_with_its_figures() -> None:
    told = reason(quantity("0.01", least_value="10.01"))
    assert told == "position_size: an order of 10.00 USDT is below the least value 10.01"


def test_an_entry_of_exactly_the_least_value_is_made() -> None:
    assert quantity("0.01", least_value="10") == Decimal("0.1")


def test_an_account_without_cash_buys_nothing() -> None:
    assert reason(quantity(cash="0", holding="10")).startswith("position_size: 0.00 USDT buy less")


def test_an_account_below_zero_is_refused_and_not_divided_by() -> None:
    assert "max_exposure" in reason(quantity(cash="-1", exposure="1"))


money = some.decimals(min_value="0.01", max_value="1000000", places=2)


@given(cash=money, price=money, commission=some.decimals(min_value=0, max_value="0.1", places=4))
def test_an_entry_never_costs_more_than_the_cash(cash: Decimal, price: Decimal, commission: Decimal) -> None:
    bought = entry_quantity(Sizing(Decimal(1), None, commission), SPEC, Book(cash), price)
    if isinstance(bought, Decimal):
        assert bought * price * (1 + commission) <= cash
