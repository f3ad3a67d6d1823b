"""Which orders have stood at the venue for too long without being executed. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta


class Patience:
    """Counts how long orders stand, from when they are first seen standing.

    Parameters
    ----------
    limit : timedelta
        How long one may.
    """

    def __init__(self, limit: timedelta) -> None:
        self._limit = limit
        self._since: dict[str, datetime] = {}
        self._told: set[str] = set()

    def overdue(self, standing: Iterable[str], now: datetime) -> list[str]:
        """Return which of the orders that stand now have done so for too long; each again after as long."""
        self._since = {order_id: self._since.get(order_id, now) for order_id in standing}
        late = [order_id for order_id, since in self._since.items() if now - since >= self._limit]
        self._since.update(dict.fromkeys(late, now))
        return late

    def is_news(self, order_id: str) -> bool:
        """Say whether nobody was told of an overdue order yet; from now on somebody was."""
        is_news = order_id not in self._told
        self._told.add(order_id)
        return is_news

    def begin_again(self) -> None:
        """Forget the time that has passed, as of a market that is closed."""
        self._since.clear()
