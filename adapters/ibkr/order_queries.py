"""Asking the gateway for orders and executions; what it tells also reaches whoever listens to news of orders."""

from ib_async.objects import ExecutionFilter

from adapters.ibkr.codes import as_error
from adapters.ibkr.ledger import ENDED
from adapters.ibkr.news import OrderListed
from adapters.ibkr.session import Session


async def open_orders(session: Session) -> list[OrderListed]:
    """Return the orders that stand, of all client ids.

    Raises
    ------
    VenueLostError, VenueRefusedError
        If there is no answer, or no.
    """
    answer = await session.ask_plainly("openOrders", "open orders", lambda client: client.reqAllOpenOrders())
    if answer.trouble is not None:
        raise as_error(answer.trouble, "the open orders")
    return [each for each in answer.items if each.status not in ENDED]


async def completed_orders(session: Session) -> list[OrderListed]:
    """Return the orders that ended today, of all client ids.

    Raises
    ------
    VenueLostError, VenueRefusedError
        If there is no answer, or no.
    """
    answer = await session.ask_plainly(
        "completedOrders", "ended orders", lambda client: client.reqCompletedOrders(False)
    )
    if answer.trouble is not None:
        raise as_error(answer.trouble, "the ended orders")
    return list(answer.items)


async def executions(session: Session, account: str) -> None:
    """Have today's executions of an account told.

    Raises
    ------
    VenueLostError, VenueRefusedError
        If there is no answer, or no.
    """
    wanted = ExecutionFilter(acctCode=account)
    answer = await session.ask("executions", lambda client, number: client.reqExecutions(number, wanted))
    if answer.trouble is not None:
        raise as_error(answer.trouble, "the executions")
