"""From a command to its reply: asks the bots for what the reply takes, and changes what was confirmed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bots.notify.commands import replies, words
from bots.notify.commands.bots import BY, Bots
from bots.notify.commands.confirming import Confirmations
from bots.notify.commands.reading import CHANGES, MENU, Command, read, understand
from bots.notify.commands.replies import Reply
from bots.version import VERSION
from strategies.errors import TradingBotError

# All are asked at once.
_MOST_ASKED = 500
_LONGEST_NAME = 40


class Obeying:
    """Answers texts and presses of chats that may ask.

    Parameters
    ----------
    bots : Bots
        Whom they ask.
    confirmations : Confirmations
        The changes that wait for a press.
    clock : callable
        Returns seconds that only go forward.
    """

    def __init__(self, bots: Bots, confirmations: Confirmations, clock: Callable[[], float]) -> None:
        self._bots, self._confirmations, self._clock = bots, confirmations, clock

    async def answer(self, text: str, chat: int, username: str, *, in_private: bool) -> Sequence[Reply]:
        """Return the answer to a text; none to what is not for this bot."""
        written = read(text, username)
        if written is None:
            return [Reply("I only know commands, see /help")] if in_private and not text.startswith("/") else []
        understood = understand(written, self._bots.names())
        if isinstance(understood, str):
            # In a group it may be for another bot.
            for_us = in_private or written.addressed or written.name in MENU
            return [Reply(understood)] if for_us else []
        try:
            return await self._replies(understood, chat)
        except TradingBotError as error:
            return [Reply(str(error))]

    async def press(self, said: str, chat: int, who: str) -> Reply | str:
        """Do what a press on a button confirms, and return what takes the question's place.

        A sentence says why the press answers no question: for who pressed, and nobody else.
        """
        answer = self._confirmations.press(said, chat, self._clock())
        if isinstance(answer, str):
            return answer
        command = answer.command
        if not answer.meant:
            return Reply(f"/{command.name} {' '.join(command.bots[:10])}: nothing was changed")
        reason = f"asked for in Telegram by {who}"

        async def change(name: str) -> Mapping[str, Any]:
            if command.name == "resume":
                return await self._bots.resume(name, by=f"{who[:_LONGEST_NAME]}, {BY}")
            return await self._bots.halt(name, words.halt_mode(command), reason, by=BY)

        return words.done_reply(command, await _of_each(command.bots, change))

    async def _replies(self, command: Command, chat: int) -> Sequence[Reply]:
        names = command.bots[:_MOST_ASKED]
        if command.name in CHANGES:
            told = await _of_each(names, self._bots.status)
            buttons = self._confirmations.ask(command, chat, self._clock())
            return [words.question_reply(command, told, buttons)]
        match command.name:
            case "help":
                return [words.help_reply(self._bots.names())]
            case "version":
                told = await _of_each(self._bots.names()[:_MOST_ASKED], self._bots.status)
                return [words.version_reply(told.items(), VERSION)]
            case "config":
                return [words.document_reply(names[0], await self._bots.document(names[0]))]
            case "logs":
                lines = await self._bots.log_tail(names[0], command.count or words.LOG_LINES)
                return [words.logs_reply(names[0], lines)]
        if len(names) > 1:
            return [replies.overview_reply(await _of_each(names, self._bots.status))]
        return [await self._about_one(command, names[0])]

    async def _about_one(self, command: Command, name: str) -> Reply:
        status = await self._bots.status(name)
        match command.name:
            case "status":
                return replies.status_reply(status)
            case "balance":
                return replies.balance_reply(status)
        trades = await self._bots.trades(name)
        match command.name:
            case "profit":
                return replies.profit_reply(status, trades)
            case "daily":
                return replies.daily_reply(status, trades, command.count)
        return replies.trades_reply(status, trades, command.count)


async def _of_each(
    names: Sequence[str], ask: Callable[[str], Awaitable[Mapping[str, Any]]]
) -> dict[str, Mapping[str, Any] | str]:
    """Ask all at once; return their answers, and of those who have none the sentence that says why."""

    async def asking(name: str) -> Mapping[str, Any] | str:
        try:
            return await ask(name)
        except TradingBotError as error:
            return str(error)

    return dict(zip(names, await asyncio.gather(*map(asking, names)), strict=True))
