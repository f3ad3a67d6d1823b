"""What must not change unseen: the past of a series that a bot has traded on.

After a split all prices before it are others, by its ratio, and so is the number of shares of a position. A bot that
holds one would take the new prices for a fall; nothing here can know what it holds. So its bars end until a person has
acted, or it is started without a position: it then sees one series, adjusted from end to end.
"""

from collections.abc import Sequence
from datetime import datetime

from adapters.yahoo.chart import Split
from strategies.bar import Bar
from strategies.errors import VenueLostError, VenueRefusedError

# Yahoo mends its bars by parts of a per cent. A past that moves by more is another scale: a split that it has not told
# of yet, or pounds among pence.
_ANOTHER_SCALE = 0.2
_REMEMBERED = 50


class Guard:
    """Watches over one series.

    Parameters
    ----------
    symbol : str
        Whose, for its sentences.
    since : datetime, optional
        Time of the last bar that was traded on in an earlier run, if there is a position from it.
    """

    def __init__(self, symbol: str, since: datetime | None) -> None:
        self._symbol, self._since = symbol, since
        self._seen: dict[datetime, Bar] = {}
        self._broken: str | None = None

    def check(self, bars: Sequence[Bar], splits: Sequence[Split]) -> None:
        """Let an answer pass, or not.

        Raises
        ------
        VenueRefusedError
            If there was a split since the last bar that the bot knows; from then on for every answer.
        VenueLostError
            If prices that the bot knows have changed without one.
        """
        if self._since is not None:
            for split in splits:
                if split.time > self._since:
                    self._broken = (
                        f"{self._symbol} was split {split.name} at {split.time:%Y-%m-%d %H:%M} UTC, after the last bar "
                        f"that the bot knows: its position and its levels are of old shares. Close or correct the "
                        f"position by hand, then start the bot with a new journal"
                    )
        self.check_whole()
        for bar in bars:
            known = self._seen.get(bar.time)
            if known is not None and known.close and abs(bar.close / known.close - 1) > _ANOTHER_SCALE:
                raise VenueLostError(
                    f"Yahoo now says {bar.close:g} where it said {known.close:g} for {self._symbol} at "
                    f"{bar.time:%Y-%m-%d %H:%M} UTC: waiting until it is of one mind, or tells of a split"
                )

    def check_whole(self) -> None:
        """Raise VenueRefusedError if there was a split."""
        if self._broken is not None:
            raise VenueRefusedError(self._broken)

    def note(self, bars: Sequence[Bar]) -> None:
        """Remember what the bot is given."""
        for bar in bars:
            self._seen[bar.time] = bar
        if self._seen:
            newest = sorted(self._seen)[-_REMEMBERED:]
            self._seen = {time: self._seen[time] for time in newest}
            self._since = max(newest[-1], self._since or newest[-1])
