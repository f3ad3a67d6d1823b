"""What is made of the gateway's messages about orders, in whatever order and number they come."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations

import pytest

from adapters.ibkr.codes import Trouble
from adapters.ibkr.contracts import guess
from adapters.ibkr.ledger import Ledger
from adapters.ibkr.news import Charged, Executed, OrderListed, OrderNews, OrderTroubled, StatusTold
from adapters.ibkr.telling import Fees, state_of, waits_for
from adapters.live.broker import OrderPhase

OURS = 77
NOON = datetime(2026, 1, 5, 17, tzinfo=UTC)
FEES = Fees(guess("AAPL"), Decimal("0.001"), 3.0, {"EUR": Decimal("1.10"), "USD": Decimal(1)})


def listed(status: str = "Submitted", *, filled: int | None = None, completed: bool = False) -> OrderListed:
    number, client = (0, 0) if completed else (5, OURS)
    told = None if filled is None else Decimal(filled)
    return OrderListed("r", number, client, 900, "DU1", 1, "buy", Decimal(10), status, completed, told)


def status(status: str, filled: int = 0) -> StatusTold:
    return StatusTold(5, OURS, 900, status, Decimal(filled))


def executed(number: str = "a.01.01", quantity: int = 10, price: str = "100", ref: str = "r") -> Executed:
    return Executed(number, ref, 5, OURS, 900, "DU1", 1, Decimal(quantity), Decimal(price), NOON)


def charged(number: str = "a.01.01", amount: str = "1.25", currency: str = "USD") -> Charged:
    return Charged(number, Decimal(amount), currency)


def ledger(*news: OrderNews) -> Ledger:
    made = Ledger()
    for each in news:
        made.take(each, OURS, now=0.0)
    return made


@pytest.mark.parametrize(
    "news",
    list(permutations([listed("Submitted"), status("Filled", 10), executed(), charged()])),
    ids=lambda news: "-".join(type(each).__name__ for each in news),
)
def test_messages_may_come_in_any_order(news: tuple[OrderNews, ...]) -> None:
    state = state_of(ledger(*news)["r"], FEES, now=0.0)

    assert state.phase is OrderPhase.FILLED
    assert [(each.trade_id, each.quantity, each.commission) for each in state.executions] == [
        ("a.01", Decimal(10), Decimal("1.25"))
    ]


def test_executions_fill_an_order_without_a_status() -> None:
    assert ledger(listed("Submitted"), executed(), charged())["r"].phase is OrderPhase.FILLED


def test_a_status_without_executions_fills_nothing() -> None:
    known = ledger(listed(), status("Filled", 10))["r"]

    assert known.phase is OrderPhase.OPEN
    assert known.lacks_executions


def test_a_part_is_filled_and_the_rest_is_cancelled() -> None:
    made = ledger(listed(), status("Cancelled", 4))
    assert made["r"].lacks_executions, "the four that were filled are still to come"

    made.take(executed(quantity=4), OURS, 0.0)
    made.take(charged(), OURS, 0.0)
    state = state_of(made["r"], FEES, now=0.0)
    assert (state.phase, state.executions[0].quantity) == (OrderPhase.ENDED, Decimal(4))


def test_an_execution_that_is_told_again_counts_once() -> None:
    made = ledger(listed(), executed(quantity=5), executed(quantity=5), charged(), charged())

    assert made["r"].executed == 5


def test_a_correction_of_an_execution_is_the_same_execution() -> None:
    made = ledger(listed(), executed("a.01.01", 5), executed("a.01.02", 5), executed("a.02.01", 5))

    assert made["r"].executed == 10


def test_an_older_status_that_comes_late_changes_nothing() -> None:
    assert ledger(listed(), status("Cancelled"), status("Submitted"))["r"].phase is OrderPhase.ENDED


def test_an_inactive_order_may_be_woken_up() -> None:
    assert ledger(listed("Inactive"), status("Submitted"))["r"].phase is OrderPhase.OPEN


def test_an_order_that_only_left_is_not_taken() -> None:
    made = Ledger()
    made.expect("r", 5, OURS, "buy", Decimal(10))
    assert not made["r"].is_taken

    made.take(listed("PendingSubmit"), OURS, 0.0)
    assert not made["r"].is_taken

    made.take(status("PreSubmitted"), OURS, 0.0)
    assert made["r"].is_taken


def test_errors_are_our_own_orders() -> None:
    made = Ledger()
    made.expect("r", 5, OURS, "buy", Decimal(10))

    assert made.take(OrderTroubled(6, Trouble(201, "no")), OURS, 0.0) is None
    assert made.take(OrderTroubled(5, Trouble(201, "no")), OURS, 0.0) == "r"
    assert made["r"].trouble == Trouble(201, "no")


def test_orders_without_a_reference_are_nobodys() -> None:
    made = Ledger()
    nameless = OrderListed("", 9, 1, 901, "DU1", 1, "buy", Decimal(10), "Submitted")

    assert made.take(nameless, OURS, 0.0) is None
    assert made.take(executed("z.01.01", ref=""), OURS, 0.0) is None


def test_an_order_of_today_that_ended_is_known_without_its_number() -> None:
    state = state_of(ledger(executed(), charged(), listed("Filled", filled=10, completed=True))["r"], FEES, 0.0)

    assert (state.phase, state.venue_order_id) == (OrderPhase.FILLED, "900")


def test_a_fee_that_is_late_is_waited_for_and_then_estimated() -> None:
    known = ledger(listed(), executed())["r"]

    early = state_of(known, FEES, now=1.0)
    assert (early.phase, early.executions) == (OrderPhase.OPEN, ()), "nothing is half told"
    assert waits_for(known, FEES, now=1.0) == 2.0

    late = state_of(known, FEES, now=3.0)
    assert late.phase is OrderPhase.FILLED
    assert late.executions[0].commission == Decimal("1.000"), "a thousandth of a thousand"
    assert waits_for(known, FEES, now=3.0) is None


@pytest.mark.parametrize(
    ("currency", "commission"),
    [("USD", "1.25"), ("EUR", "1.375"), ("CHF", "1.000")],
    ids=["its own", "one that the account values", "one of unknown worth"],
)
def test_a_fee_in_another_currency_is_converted_or_else_estimated(currency: str, commission: str) -> None:
    state = state_of(ledger(listed(), executed(), charged(currency=currency))["r"], FEES, 0.0)

    assert (state.executions[0].commission, state.executions[0].commission_currency) == (Decimal(commission), "USD")


def test_a_fee_in_the_base_currency_stays_there() -> None:
    fees = Fees(guess("EUR.USD"), Decimal("0.001"), 3.0, {})
    state = state_of(ledger(listed(), executed(price="1.1"), charged(currency="EUR"))["r"], fees, 0.0)

    assert (state.executions[0].commission, state.executions[0].commission_currency) == (Decimal("1.25"), "EUR")


def test_only_so_many_orders_are_remembered() -> None:
    made = Ledger()
    for number in range(1500):
        made.expect(f"r{number}", number, OURS, "buy", Decimal(1))

    assert made.get("r0") is None
    assert made.get("r1499") is not None


def test_fees_of_others_orders_are_not_remembered_for_ever() -> None:
    kept = ledger(*(charged(f"{number}.01.01") for number in range(1001)))
    for number in (0, 1000):
        kept.take(executed(f"{number}.01.01"), OURS, now=0.0)
    assert set(kept["r"].charges) == {"1000.01"}
