"""The last resort: what a route did not expect is answered in a line, and told in the log."""

import logging

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bots.web.login.policy import Refusal
from bots.web.login.refusing import answer

LOGGER = logging.getLogger("tradingbot.web")
_FAILED = Refusal(500, "this failed, and is a fault of the console: its log says more")


class LastResort:
    """Answers 500 where a route has failed, inside the headers that every answer has.

    Parameters
    ----------
    app : ASGIApp
        What follows.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            # Nobody waits for an answer.
            return
        except Exception:
            if scope["type"] != "http":
                raise
            LOGGER.exception("%s %s failed", scope["method"], scope["path"])
            if begun:
                raise
            await answer(scope, _FAILED)(scope, receive, send)
