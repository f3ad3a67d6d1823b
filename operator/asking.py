"""Asking a bot over HTTP, by its pod's address: cluster DNS may be slow, or missing."""

import ipaddress
from typing import Any

from answers import Answer, read_answer
from bots.resource.bot_http import BotHttp
from bots.trading.halts import HaltMode
from resources import PORT
from strategies.errors import BotUnreachableError


class Bots:
    """The bots' HTTP APIs."""

    def __init__(self) -> None:
        self._http = BotHttp()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def status(self, ip: str) -> Answer:
        """Return what a bot says of itself.

        Raises
        ------
        BotUnreachableError
            If it does not answer, or not as a bot does.
        """
        told = await self._ask("GET", ip, "/status")
        try:
            return read_answer(told)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BotUnreachableError(f"what answers at {ip} is no bot of ours: {error!r}") from error

    async def hold(self, ip: str, token: str, seconds: int) -> None:
        """Have a bot make no entries for so long."""
        await self._ask("POST", ip, "/hold", token, {"seconds": seconds})

    async def halt(self, ip: str, token: str, mode: HaltMode, reason: str) -> None:
        """Have a bot make no entries any more, and close all that it holds if that is the mode."""
        await self._ask("POST", ip, "/halt", token, {"mode": str(mode), "reason": reason})

    async def resume(self, ip: str, token: str) -> None:
        """Lift a bot's halt."""
        await self._ask("POST", ip, "/resume", token, {})

    async def _ask(self, verb: str, ip: str, path: str, token: str = "", body: Any = None) -> Any:
        host = f"[{ip}]" if ipaddress.ip_address(ip).version == 6 else ip
        return await self._http.ask(verb, f"http://{host}:{PORT}{path}", f"the bot at {ip}", token=token, body=body)
