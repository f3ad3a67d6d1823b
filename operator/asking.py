"""Asking a bot over HTTP, by its pod's address: cluster DNS may be slow, or missing."""

import ipaddress
import json
from typing import Any

import aiohttp

from answers import Answer, read_answer
from bots.config.wording import one_line
from bots.trading.halts import HaltMode
from resources import PORT
from strategies.errors import BotRefusedError, BotUnreachableError

_TIMEOUT = aiohttp.ClientTimeout(total=3.0)
_LARGEST_ANSWER = 1_048_576


class Bots:
    """The bots' HTTP APIs."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            timeout=_TIMEOUT,
            # No keep-alive: a thousand bots, each asked now and then.
            connector=aiohttp.TCPConnector(force_close=True, limit=64),
            trust_env=False,
            # A few bytes that unpack to gigabytes stay a few bytes.
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

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
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            # Whose image answers, nobody knows: it must not send the operator to where only the operator may go.
            async with self._session.request(
                verb, f"http://{host}:{PORT}{path}", json=body, headers=headers, allow_redirects=False
            ) as response:
                if response.status == 401:
                    raise BotRefusedError(f"the bot at {ip} does not take the operator's token (yet)")
                said = await _body_of(response, ip)
                if response.status != 200:
                    words = one_line(said.decode(errors="replace")[:200])
                    raise BotUnreachableError(f"the bot at {ip} answers {verb} {path} with {response.status}: {words}")
                return json.loads(said)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError) as error:
            raise BotUnreachableError(f"the bot at {ip} does not answer: {type(error).__name__}") from error


async def _body_of(response: aiohttp.ClientResponse, ip: str) -> bytes:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > _LARGEST_ANSWER:
            raise BotUnreachableError(f"the bot at {ip} answers with more than {_LARGEST_ANSWER} bytes")
    return bytes(body)
