"""Whatever the library raises, as one of our errors: a sentence for whoever must act, and never the token."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TimedOut

from bots.config.wording import one_line
from strategies.errors import MessageRefusedError, NotToldError

LONGEST_SENTENCE = 200
_USUAL_PATIENCE_SECONDS, _LONGEST_PATIENCE_SECONDS = 30.0, 86_400.0
# Of these words of Telegram's a person can cure the cause, and the same message is taken afterwards.
_OF_THE_CHAT = (
    "chat not found", "not enough rights", "have no rights", "need administrator", "write_forbidden", "peer_id_invalid",
    "chat_restricted", "topic_closed", "deactivated", "upgraded to a supergroup",
)  # fmt: skip


class AnotherPollerError(NotToldError):
    """Another process asks for what people write to this bot."""


@contextmanager
def plainly(redacted: Callable[[str], str]) -> Iterator[None]:
    """Turn whatever the library raises into a sentence; none keeps its cause, whose words may have the token."""
    try:
        yield
    except RetryAfter as error:
        seconds = _patience(error.retry_after)
        raise NotToldError(f"Telegram asks for {seconds:g} seconds of patience", seconds) from None
    except Conflict as error:
        raise AnotherPollerError(_sentence(error, redacted)) from None
    except InvalidToken:
        told = "Telegram does not know the token: compare TELEGRAM_BOT_TOKEN with the one that BotFather gave"
        raise NotToldError(told) from None
    except Forbidden as error:
        told = (
            f"the chat takes nothing from this bot, open it in Telegram and press Start ({_sentence(error, redacted)})"
        )
        raise NotToldError(told) from None
    except ChatMigrated:
        told = "the group has become a supergroup, which has another id: put that one into TELEGRAM_CHAT_IDS"
        raise NotToldError(told) from None
    except TimedOut:
        # Nobody knows whether it arrived. It is sent again: rather told twice than never.
        raise NotToldError("Telegram does not answer in time") from None
    except BadRequest as error:
        sentence = _sentence(error, redacted)
        if any(words in sentence.lower() for words in _OF_THE_CHAT):
            told = f"Telegram does not let this bot write to the chat, see TELEGRAM_CHAT_IDS ({sentence})"
            raise NotToldError(told) from None
        raise MessageRefusedError(sentence) from None
    except Exception as error:
        # Also what is none of the library's own errors: an answer that it cannot read raises anything.
        raise NotToldError(f"Telegram cannot be reached: {_sentence(error, redacted)}") from None


def _patience(asked: object) -> float:
    """Return for how many seconds to wait; what is no number, or would silence a bot for good, is not believed."""
    seconds = asked.total_seconds() if isinstance(asked, timedelta) else asked
    if not isinstance(seconds, int | float) or not seconds >= 0:
        return _USUAL_PATIENCE_SECONDS
    return float(min(seconds, _LONGEST_PATIENCE_SECONDS))


def _sentence(error: Exception, redacted: Callable[[str], str]) -> str:
    told = one_line(redacted(str(error))) or type(error).__name__
    return told if len(told) <= LONGEST_SENTENCE else f"{told[:LONGEST_SENTENCE]}..."
