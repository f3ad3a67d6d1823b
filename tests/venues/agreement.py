"""What has to hold after every fault, at whatever venue: it has what the journal says, and was not asked for ever."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.venues.bots import Answering, VenueBot, wait_until_settled


@dataclass(frozen=True, slots=True)
class AtVenue:
    """What a double has: its position, the ids of orders taken and of those that rest to sell, and how often asked."""

    position: Decimal
    taken: tuple[str, ...]
    resting: tuple[str, ...]
    messages: int


def agree(bot: Answering, look: Callable[[], AtVenue], most_messages: int) -> dict[str, Any]:
    """Hold the venue against the journal, once nothing is on its way, and the messages against what is reasonable."""

    def is_the_same(status: dict[str, Any]) -> bool:
        position, venue = status["position"], look()
        stops = {lot["stop_order"] for lot in position["lots"]} - {None}
        held = Decimal(str(position["quantity"])) + Decimal(str(position["dust"]))
        return stops == set(venue.resting) and held == venue.position

    wait_until_settled(bot)
    status = bot.wait_for("the venue's position, every stop and no other", is_the_same)
    venue = look()
    assert len(venue.taken) == len(set(venue.taken)), "an id was taken twice"
    assert len(venue.resting) <= len(status["position"]["lots"])
    assert venue.messages < most_messages
    return status


def drive_until(bot: VenueBot, come: Callable[[dict[str, Any]], object], drive: Callable[[], None], most: int) -> None:
    """Let bars close until a bot's status is so.

    Raises
    ------
    AssertionError
        If it is not after `most` of them.
    """
    for _ in range(most):
        if come(bot.wait_for("an answer", bool)):
            return
        drive()
    raise AssertionError(f"it did not come to be so in {most} bars")


def journalled_fills(bot: VenueBot) -> list[tuple[str, Decimal]]:
    """Return the executions that a bot has booked, with their quantities."""
    with closing(sqlite3.connect(bot.journal)) as database:
        found: Iterable[tuple[str, str]] = database.execute("SELECT trade_id, quantity FROM fills").fetchall()
    return sorted((trade_id, Decimal(quantity)) for trade_id, quantity in found)
