"""Two bots with real orders on one account and symbol would sell each other's position: only one may. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from seen import BotSeen

type Account = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot, what it asks to trade, and whether that is what runs."""

    bot: BotSeen
    account: Account
    runs: bool

    @property
    def age(self) -> tuple[str, str]:
        """Who was there first; two of one second by their names."""
        return self.bot.metadata["creationTimestamp"], self.bot.metadata["name"]


def contender(bot: BotSeen, *, runs: bool) -> Contender:
    """Return a bot as it competes for its account, whether its document is valid or not."""
    symbol = _section(bot.spec, "trading", "symbol")
    return Contender(bot, _account(bot.spec), runs and bot.status.get("symbol") == symbol)


def rival(mine: Contender, others: Iterable[Contender]) -> str | None:
    """Return who has this bot's account and symbol by right, or None: who runs, else who is older."""
    for other in others:
        if other.bot.metadata["name"] == mine.bot.metadata["name"] or other.account != mine.account:
            continue
        if (not other.runs, other.age) < (not mine.runs, mine.age):
            return str(other.bot.metadata["name"])
    return None


def _account(spec: Mapping[str, Any]) -> Account:
    broker = [_section(spec, "broker", word) for word in ("type", "account", "environment")]
    # As the document has it where it says nothing.
    broker[2] = broker[2] or "live"
    return (str(spec.get("secretRef")), *broker, _section(spec, "trading", "symbol"))


def _section(spec: Mapping[str, Any], section: str, key: str) -> str | None:
    try:
        value = spec["config"][section].get(key)
    except (KeyError, TypeError, AttributeError):
        return None
    return None if value is None else str(value)
