"""Whether a bot tells people itself, or leaves that to the console. Pure.

Where a console tells, each of its channels has a number of its own in the journal, beside that of the bot's channel of
the same name. While the console is away the bot tells errors only, so that the bot's number says up to where *errors*
were told, and the console's up to where everything was:

- What the console has told moves both numbers: see `follows`.
- What the bot has told itself moves its own number only, and the console passes over errors that lie before it: see
  `left_to_tell`. Entries and exits between them still wait for the console.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field

from bots.config.outputs import Notifications
from bots.trading.events import EventKind
from bots.trading.keeping import KeptEvent

PREFIX = "console/"
"""Begins the name of each channel of a console; the name of the bot's own channel to the same place follows."""
SILENCE_SECONDS = 120.0
_URGENT = frozenset({str(EventKind.ERROR)})


@dataclass(slots=True)
class HoldingBack:
    """What a bot's own channels may tell now; times are seconds of a clock that only goes forward.

    Parameters
    ----------
    expected : bool
        Whether there is to be a console at all; without one the bot tells everything itself.
    heard : float
        When the console last asked; at first the start of the bot, which gives it time to find the bot.
    silence : float
        After how long without a word the console counts as away.
    """

    expected: bool
    heard: float
    silence: float = SILENCE_SECONDS
    channels: frozenset[str] = field(default=frozenset())

    def note(self, now: float, channels: Collection[str]) -> None:
        """Note that the console asked for what waits for these channels."""
        self.heard, self.channels = now, frozenset(channels)

    def silent_in(self, now: float) -> float | None:
        """Return in how many seconds the console will count as away; None where it does, or where there is none."""
        left = self.heard + self.silence - now
        return left if self.expected and left > 0 else None

    def is_missed(self, now: float) -> bool:
        """Say whether there is to be a console, and it counts as away."""
        return self.expected and self.silent_in(now) is None

    def may_tell(self, asked: Set[str], now: float) -> frozenset[str]:
        """Return the kinds of events that the bot itself may tell now, of those that are asked for."""
        if not self.expected:
            return frozenset(asked)
        return frozenset() if self.silent_in(now) is not None else _URGENT & asked

    def follows(self, told: str, own: Collection[str]) -> list[str]:
        """Return the bot's own channels whose errors are told with those of a console's channel.

        That is the one to the same place. One to a place that the console does not know follows every channel: it is
        for the time without a console, and what happened before is no news then.
        """
        strangers = {name for name in own if self.channels and PREFIX + name not in self.channels}
        return [name for name in own if PREFIX + name == told or name in strangers]


def holding_back(environ: Mapping[str, str], now: float) -> HoldingBack:
    """Return how a bot begins: TRADINGBOT_CONSOLE=1 says that there is a console. The operator sets it."""
    expected = environ.get("TRADINGBOT_CONSOLE", "") == "1"
    return HoldingBack(expected, now, float(environ.get("TRADINGBOT_CONSOLE_SILENCE") or SILENCE_SECONDS))


def kinds_for(channel: str, asked: Notifications) -> frozenset[str]:
    """Return the kinds of events that a document wants told by a channel of a console; none where it wants none."""
    family = channel.removeprefix(PREFIX)
    if asked.enabled and asked.telegram.enabled and family.startswith("telegram/"):
        return frozenset(asked.telegram.notify_on)
    if asked.enabled and asked.email.enabled and (family == "email" or family.startswith("email-")):
        return frozenset(asked.email.notify_on)
    return frozenset()


def left_to_tell(
    waiting: Sequence[KeptEvent], untold_errors: Collection[int] | None, sending: int | None
) -> tuple[int | None, list[KeptEvent]]:
    """Return what a console is to tell of what waits for it, and up to where there is nothing to tell before that.

    Parameters
    ----------
    waiting : sequence of KeptEvent
        What waits for the console's channel, oldest first.
    untold_errors : collection of int, optional
        Numbers of the errors that the bot itself has not told either; None where it has no such channel.
    sending : int, optional
        The last number of what the bot is just sending itself: of that nobody knows yet whether it was told.
    """
    passed: int | None = None
    left: list[KeptEvent] = []
    for kept in waiting:
        is_error = kept.event.kind is EventKind.ERROR
        if is_error and sending is not None and kept.number <= sending and kept.number in (untold_errors or ()):
            break
        if is_error and untold_errors is not None and kept.number not in untold_errors:
            passed = passed if left else kept.number
        else:
            left.append(kept)
    return passed, left
