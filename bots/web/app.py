"""The console as an ASGI application: the gate before everything, then the API and the pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bots.version import VERSION
from bots.web import api, pages
from bots.web.assets import STATIC
from bots.web.bodies import SmallBodies
from bots.web.console import Console
from bots.web.failing import LastResort
from bots.web.headers import SafeHeaders
from bots.web.login import pages as login_pages
from bots.web.login.gate import Gate
from bots.web.login.proxies import BehindProxy
from bots.web.streams import Closing, EndableStreams


@dataclass(frozen=True, slots=True)
class Reach:
    """How the console is reached, and how it lets go of those who are there.

    Parameters
    ----------
    local : bool
        Whether it listens on this machine only.
    behind_proxy : bool
        Whether a proxy stands before it, whose word on schemes, hosts and addresses is taken.
    closing : Closing
        Ends the streams.
    """

    local: bool = True
    behind_proxy: bool = False
    closing: Closing = field(default_factory=Closing)


class _Assets(StaticFiles):
    """Files for everybody; whoever is not logged in is shown no page of the console, not even one that says 404."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or that there is none."""
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            return PlainTextResponse(error.detail, error.status_code)


def make_app(console: Console, reach: Reach | None = None) -> FastAPI:
    """Return the application that serves a console."""
    reach = reach or Reach()

    @asynccontextmanager
    async def living(_app: FastAPI) -> AsyncIterator[None]:
        await console.bots.begin()
        try:
            yield
        finally:
            await console.backtests.close()
            await console.bots.close()

    # The API documents itself in api/, behind the gate; FastAPI's own pages load scripts from elsewhere.
    app = FastAPI(title="tradingbot", version=VERSION, lifespan=living, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.console = console
    app.include_router(login_pages.router)
    api.install(app)
    pages.install(app)
    app.mount("/static", _Assets(directory=STATIC), name="static")
    # The last is the first that a request meets.
    app.add_middleware(LastResort)
    app.add_middleware(EndableStreams, doors=console.doors, closing=reach.closing)
    app.add_middleware(Gate, doors=console.doors, audit=console.audit, local=reach.local and not reach.behind_proxy)
    app.add_middleware(SmallBodies)
    app.add_middleware(SafeHeaders)
    if reach.behind_proxy:
        app.add_middleware(BehindProxy)
    return app
