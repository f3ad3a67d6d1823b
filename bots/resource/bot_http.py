"""Asking a bot over HTTP, as whoever looks after many of them does: briefly, and trusting nothing that answers."""

import json
from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

import aiohttp

from bots.config.wording import one_line
from strategies.errors import BotRefusedError, BotUnreachableError

_TIMEOUT_SECONDS = 3.0
_LARGEST_ANSWER = 1_048_576
_AT_ONCE = 64


class Question(TypedDict, total=False):
    """What goes with a question: the bot's token, a body that is sent as JSON, the query."""

    token: str
    body: Any
    query: Sequence[tuple[str, str]]


class BotHttp:
    """The bots' HTTP APIs.

    Parameters
    ----------
    seconds : float
        For how long a bot is waited for.
    largest : int
        How many bytes an answer may have.
    """

    def __init__(self, seconds: float = _TIMEOUT_SECONDS, largest: int = _LARGEST_ANSWER) -> None:
        self._largest = largest
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=seconds),
            # No keep-alive: a thousand bots, each asked now and then.
            connector=aiohttp.TCPConnector(force_close=True, limit=_AT_ONCE),
            trust_env=False,
            # A few bytes that unpack to gigabytes stay a few bytes.
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def ask(self, verb: str, url: str, who: str, **question: Unpack[Question]) -> Any:
        """Return what a bot answers, read as JSON; `who` names it in errors.

        Raises
        ------
        BotUnreachableError
            If it does not answer, or not as a bot does; BotRefusedError if it does not take the token.
        """
        said = await self.fetch(verb, url, who, **question)
        try:
            return json.loads(said)
        except (ValueError, RecursionError) as error:
            raise BotUnreachableError(f"{who} does not answer: {type(error).__name__}") from error

    async def fetch(self, verb: str, url: str, who: str, **question: Unpack[Question]) -> bytes:
        """Return what a bot answers, whatever it is.

        Raises
        ------
        BotUnreachableError
            If it does not answer, or not well; BotRefusedError if it does not take the token.
        """
        token, query = question.get("token", ""), question.get("query", ())
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            # Whose image answers, nobody knows: it must not send us to where only we may go.
            async with self._session.request(
                verb, url, json=question.get("body"), params=query, headers=headers, allow_redirects=False
            ) as response:
                if response.status == 401:
                    raise BotRefusedError(f"{who} does not take the token that belongs to it (yet)")
                said = await self._body_of(response, who)
                if response.status != 200:
                    words = one_line(said.decode(errors="replace")[:200])
                    path = response.request_info.url.path
                    raise BotUnreachableError(f"{who} answers {verb} {path} with {response.status}: {words}")
                return said
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise BotUnreachableError(f"{who} does not answer: {type(error).__name__}") from error

    async def _body_of(self, response: aiohttp.ClientResponse, who: str) -> bytes:
        body = bytearray()
        async for part in response.content.iter_any():
            body += part
            if len(body) > self._largest:
                raise BotUnreachableError(f"{who} answers with more than {self._largest} bytes")
        return bytes(body)
