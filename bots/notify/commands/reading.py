"""A text of a chat as a command: which, for whom, with what. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bots.config.wording import near
from bots.trading.halts import HaltMode

EVERY = "all"
MENU = {
    "status": "how the bots are: state, position, halt",
    "profit": "profit, fees and drawdown",
    "balance": "cash, equity and what is held",
    "daily": "profit of the last days",
    "trades": "the last trades",
    "halt": "no entries until resumed; asks first",
    "resume": "entries again; asks first",
    "close": "sell everything and halt; asks first",
    "config": "the bot's document",
    "logs": "the end of the bot's log",
    "version": "which version runs",
    "help": "the commands, and how to name a bot",
}
CHANGES = frozenset({"halt", "resume", "close"})
_ABOUT_ONE = frozenset({"daily", "trades", "config", "logs"})
_WITH_NUMBER = {"daily": 31, "trades": 20, "logs": 50}
_WITHOUT_BOT = frozenset({"version", "help"})
_MOST_NAMED = 12

_WRITTEN = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Written:
    """A command as it was written: its name in small letters, whether it was for this bot by name, its words."""

    name: str
    addressed: bool
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command that can be done."""

    name: str
    bots: tuple[str, ...] = ()
    mode: HaltMode | None = None
    count: int | None = None


def read(text: str, username: str) -> Written | None:
    """Return the command in a text; None where there is none, or one for another bot of the same chat."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or (found[2] and found[2].lower() != username.lower()):
        return None
    return Written(found[1].lower(), bool(found[2]), tuple((found[3] or "").split()))


def understand(written: Written, names: Sequence[str]) -> Command | str:
    """Return what is to be done, or a sentence that says what is wrong with the command."""
    name, words = written.name, list(written.words)
    if name == "start":
        # What Telegram itself sends for a person who opens the chat for the first time.
        return Command("help")
    if name not in MENU:
        return f"there is no /{name}{near(f'/{name}', [f'/{known}' for known in MENU])}; /help lists what there is"
    if name in _WITHOUT_BOT:
        return Command(name)
    bots = _take_bots(words, names)
    mode = HaltMode(words.pop(0)) if name == "halt" and words and words[0] in tuple(HaltMode) else None
    count = None
    if name in _WITH_NUMBER and words and re.fullmatch("[0-9]{1,3}", words[0], re.ASCII):
        count = min(max(1, int(words.pop(0))), _WITH_NUMBER[name])
    if words:
        # Never guessed: whoever mistypes a bot's name must not change another bot.
        return f'no bot is called "{words[0][:40]}"{near(words[0], names)}; {_named(names)}'
    if not names:
        return "there are no bots"
    if bots is None:
        if len(names) > 1 and name in CHANGES | _ABOUT_ONE:
            every = f", or /{name} {EVERY}" if name in CHANGES else ""
            return f"which bot? Write /{name} {names[0]}, say{every}; {_named(names)}"
        bots = tuple(names)
    if name in _ABOUT_ONE and len(bots) > 1:
        return f"/{name} is about one bot; {_named(names)}"
    return Command(name, bots, mode, count)


def _take_bots(words: list[str], names: Sequence[str]) -> tuple[str, ...] | None:
    if not words:
        return None
    if words[0] in names:
        return (words.pop(0),)
    if words[0].lower() == EVERY:
        words.pop(0)
        return tuple(names)
    return None


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"there {'is' if len(names) == 1 else 'are'} {', '.join(names[:_MOST_NAMED])}{more}"
