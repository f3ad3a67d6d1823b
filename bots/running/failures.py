"""How a bot goes on after its strategy or its journal has failed. Pure: it never ends by itself for that."""

from strategies.errors import JournalError

_ALLOWED = 3
_WITHIN_SECONDS = 600.0
# What may pass by itself, such as a locked database, is given a little time to.
_PAUSES_SECONDS = (0.5, 3.0, 10.0, 30.0, 60.0)


class Failures:
    """Counts failures; those of the journal pass, those of a strategy that come again and again do not.

    Parameters
    ----------
    on_probation : bool
        Whether the strategy of an earlier process has failed too often: then one failure is too many.
    """

    def __init__(self, *, on_probation: bool = False) -> None:
        self._times: list[float] = []
        self._of_strategy: list[float] = []
        self._allowed = 1 if on_probation else _ALLOWED

    def note(self, error: BaseException, now: float) -> None:
        """Take in a failure; `now` is of a clock that only goes forward, in seconds."""
        self._times = [*(then for then in self._times if now - then < _WITHIN_SECONDS), now]
        if not isinstance(error, JournalError):
            self._of_strategy = [*(then for then in self._of_strategy if now - then < _WITHIN_SECONDS), now]

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next try."""
        return _PAUSES_SECONDS[min(len(self._times), len(_PAUSES_SECONDS)) - 1]

    @property
    def is_news(self) -> bool:
        """Say whether a person should hear of the last one: of the same trouble for hours, not each time."""
        return len(self._times) <= _ALLOWED

    @property
    def too_many(self) -> bool:
        """Say whether the strategy must not be asked any more until a person lets it."""
        return len(self._of_strategy) >= self._allowed
