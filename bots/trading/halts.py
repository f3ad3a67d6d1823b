"""What keeps a bot from entering until a person resumes it, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bots.trading.risk import DRAWDOWN_LIMIT

# What stands in a limit's place where a person halted the bot.
MANUAL_HALT = "manual_halt"
# And where the bot itself did, since its strategy failed again and again.
STRATEGY_HALT = "strategy_failed"

BY_API = "api"
"""Who halted or resumed a bot over HTTP, where they do not say who they are."""


class HaltMode(StrEnum):
    """What a halt asks for besides no entries, from the mildest to the strictest."""

    BLOCK_ENTRIES = "block-entries"
    CANCEL_ORDERS = "cancel-orders"
    CLOSE_POSITIONS = "close-positions"

    def stricter_than(self, other: "HaltMode") -> bool:
        """Say whether this mode asks for more than another."""
        return _STRICTNESS[self] > _STRICTNESS[other]


_STRICTNESS = {mode: rank for rank, mode in enumerate(HaltMode)}


@dataclass(frozen=True, slots=True)
class Halt:
    """Why the bot makes no entries until a person resumes it; `limit` is MANUAL_HALT where a person halted it."""

    limit: str
    detail: str
    time: datetime
    mode: HaltMode = HaltMode.CLOSE_POSITIONS

    @property
    def by_drawdown(self) -> bool:
        """Say whether the drawdown's limit halted the bot."""
        return self.limit == DRAWDOWN_LIMIT

    @property
    def by_strategy(self) -> bool:
        """Say whether failures of the strategy halted the bot."""
        return self.limit == STRATEGY_HALT

    @property
    def withdraws(self) -> bool:
        """Say whether no order of the bot's is to rest at the venue, not even a stop."""
        return self.mode is not HaltMode.BLOCK_ENTRIES

    @property
    def closes(self) -> bool:
        """Say whether everything open is to be closed."""
        return self.mode is HaltMode.CLOSE_POSITIONS

    def stricter_than(self, other: "Halt") -> bool:
        """Say whether this halt asks for more than another."""
        return self.mode.stricter_than(other.mode)


_BESIDE = " (beside "


def beside(standing: Halt | None, reason: str) -> str:
    """Return the reason of a halt that takes the place of a milder one, which is told with it and not forgotten."""
    if standing is None or standing.detail == reason:
        return reason
    return f"{reason}{_BESIDE}{standing.limit}: {standing.detail})"


def is_only_for(detail: str, reason: str) -> bool:
    """Say whether a halt has just this reason: lifting it would lift nobody else's."""
    return reason in detail and _BESIDE not in detail
