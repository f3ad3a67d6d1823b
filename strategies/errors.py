"""The one tree of errors; it lies in the lowest room, so that every room can raise from it.

TradingBotError
├── DocumentError        the JSON document is wrong, every fault listed
├── UnknownNameError     a mixin, parameter, adapter or strategy of that name does not exist
├── BarsFileError        a file of bars cannot be used
├── SweepError           a sweep's parameters, or the folder of its results, cannot be used
├── StartError           the bot may not or cannot start here and now
│   ├── AlreadyRunningError
│   ├── PortTakenError
│   └── WrongJournalError
├── JournalError         the database refuses
├── VenueError           an exchange, broker or data service did not do what it was asked
│   ├── VenueLostError       it does not answer, or not now: worth another try
│   ├── VenueRefusedError    it answers no: not worth another before a person has acted
│   ├── OrderRefusedError    it has definitely not taken an order
│   │   └── OrderNotSentError    because there is no way to it for now
│   └── OutcomeUnknownError  nobody knows whether it has
├── BotUnreachableError  nobody answers where the bot should be
│   └── BotRefusedError  the bot does not take the token that it was shown
├── NotToldError         a message did not reach its people; it waits
│   └── MessageRefusedError  and never will: the channel takes none like it
├── ManagingError        what a console was asked to do with a bot cannot be done
│   ├── NoSuchBotError       there is no bot of that name
│   ├── NoSuchBacktestError  nor a backtest
│   ├── NameTakenError       there is one already
│   ├── ChangedMeanwhileError  its document was changed by somebody else in between
│   ├── NotNowError          it is not in a state for that
│   └── NotConfirmedError    it trades live, and its name was not repeated
├── LoginError           a user, a password or the file of users cannot be used
└── ClusterError         the Kubernetes API server did not do what it was asked
    ├── ClusterRefusedError      it said no, and why
    └── ClusterUnreachableError  it did not answer, or asked to come again later

Each message is written for the person who must act: what happened, where, what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class TradingBotError(Exception):
    """Base of all errors that a person is told in one line instead of a traceback."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a document: where (`section.key`) and what, with what would be right."""

    place: str
    message: str


class DocumentError(TradingBotError):
    """A document cannot be used; `faults` lists everything that is wrong with it."""

    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        self.source = source
        self.faults = tuple(faults)
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """Return one line a fault: `file: section.key: what is wrong, what would be right`."""
        return [f"{self.source}: {fault.place}: {fault.message}" for fault in self.faults]


class UnknownNameError(TradingBotError):
    """Nothing is registered under that name; the message names the nearest that is."""


class BarsFileError(TradingBotError):
    """A file of bars is missing, unreadable or wrong; the message names file, line and remedy."""


class SweepError(TradingBotError):
    """A sweep's parameters, or the folder of its results, cannot be used; the message says what would be right."""


class StartError(TradingBotError):
    """The bot may not or cannot start here and now."""


class AlreadyRunningError(StartError):
    """Another process runs this bot on this journal."""


class PortTakenError(StartError):
    """The port that was asked for is in use."""


class WrongJournalError(StartError):
    """The journal belongs to another bot, symbol or mode."""


class JournalError(TradingBotError):
    """The journal's database refuses to be opened, read or written."""


class VenueError(TradingBotError):
    """An exchange, a broker or a data service did not do what it was asked."""


class VenueLostError(VenueError):
    """It does not answer, or not now; `retry_after` are the seconds that it asked to be left alone, if it did."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class VenueRefusedError(VenueError):
    """It answers no, and will until a person has acted; the message says what to do, `code` is its own word for why."""

    def __init__(self, message: str, code: str = "") -> None:
        self.code = code
        super().__init__(message)


class OrderRefusedError(VenueError):
    """The venue has definitely not taken an order; `code` is its own word for why."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class OrderNotSentError(OrderRefusedError):
    """An order never left: there is no way to the venue, or it asked to be left alone for `retry_after` seconds."""

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(code, message)


class OutcomeUnknownError(VenueError):
    """An order may have reached the venue or not: it has to be asked for, never simply sent again."""


class BotUnreachableError(TradingBotError):
    """No bot answers at the address, or what answers is none."""


class BotRefusedError(BotUnreachableError):
    """The bot does not take the token that it was shown."""


class NotToldError(TradingBotError):
    """A message did not reach its people, and may the next time; `retry_after` is in seconds, where it was told."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MessageRefusedError(NotToldError):
    """A message can never be sent: another try would bring the same answer."""


class ClusterError(TradingBotError):
    """The Kubernetes API server did not do what it was asked."""


class ClusterRefusedError(ClusterError):
    """The API server said no; `status` is its HTTP status, `reason` its own word for it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(message)


class ClusterUnreachableError(ClusterError):
    """The API server did not answer, or asked to come again later."""


class ManagingError(TradingBotError):
    """What a console was asked to do with a bot cannot be done; the message says why."""


class NoSuchBotError(ManagingError):
    """There is no bot of that name."""


class NoSuchBacktestError(ManagingError):
    """There is no backtest of that id; only the last ones are kept."""


class NameTakenError(ManagingError):
    """There is a bot of that name already."""


class ChangedMeanwhileError(ManagingError):
    """A document was changed by somebody else since it was read."""


class NotNowError(ManagingError):
    """A bot is not in a state in which that can be done."""


class NotConfirmedError(ManagingError):
    """A bot that trades live is only changed so by whoever repeats its name."""


class LoginError(TradingBotError):
    """A user, a password or the file of users cannot be used."""
