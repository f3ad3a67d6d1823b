"""The bots as a chat asks them, over HTTP: see the port in bots/notify/commands/bots.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from bots.console.answers import read_log, read_status, read_trades
from bots.console.fleet import BotAt, Fleet
from bots.console.pulling import Pulling
from bots.resource.bot_http import BotHttp
from bots.trading.halts import HaltMode
from bots.trading.records import Trade
from strategies.errors import BotUnreachableError

_LONGEST_REASON = 200


class Routing:
    """See Bots; what is asked goes to the bot that is named.

    Parameters
    ----------
    pulling : Pulling
        Knows where they are.
    fleet : Fleet
        Knows their documents.
    http : BotHttp
        The way to them.
    """

    def __init__(self, pulling: Pulling, fleet: Fleet, http: BotHttp) -> None:
        self._pulling, self._fleet, self._http = pulling, fleet, http

    def names(self) -> Sequence[str]:
        """See Bots."""
        return sorted(self._pulling.bots)

    async def status(self, name: str) -> Mapping[str, Any]:
        """See Bots."""
        return read_status(await self._get(name, "/status"), name)

    async def trades(self, name: str) -> Sequence[Trade]:
        """See Bots."""
        return read_trades(await self._get(name, "/trades"), name)

    async def document(self, name: str) -> Mapping[str, Any]:
        """See Bots."""
        return await self._fleet.document(self._bot(name))

    async def log_tail(self, name: str, lines: int) -> Sequence[str]:
        """See Bots; of a bot that does not answer, where its log is."""
        bot = self._bot(name)
        try:
            told = await self._http.ask("GET", f"{bot.url}/logs", name, token=bot.token, query=[("lines", str(lines))])
            return read_log(told, name)
        except BotUnreachableError as error:
            return [f"{error}; read it by: {self._fleet.where_its_log_is(bot)}"]

    async def halt(self, name: str, mode: HaltMode, reason: str, *, by: str) -> Mapping[str, Any]:
        """See Bots."""
        return await self._change(name, "/halt", {"mode": str(mode), "reason": reason[:_LONGEST_REASON], "by": by})

    async def resume(self, name: str, *, by: str) -> Mapping[str, Any]:
        """See Bots."""
        return await self._change(name, "/resume", {"by": by})

    async def _get(self, name: str, path: str) -> Any:
        return await self._http.ask("GET", self._bot(name).url + path, name)

    async def _change(self, name: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        bot = self._bot(name)
        told = await self._http.ask("POST", bot.url + path, name, token=bot.token, body=dict(body))
        if not isinstance(told, dict):
            raise BotUnreachableError(f"what answers as {name} is no bot of ours")
        return told

    def _bot(self, name: str) -> BotAt:
        bot = self._pulling.bots.get(name)
        if bot is None:
            raise BotUnreachableError(f"there is no bot {name} any more")
        return bot
