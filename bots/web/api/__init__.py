"""The REST API under /api/v1: all that the pages do, for programs."""

import re

from fastapi import FastAPI
from starlette.routing import Mount

from bots.version import VERSION
from bots.web.api import (
    actions,
    asking,
    auditing,
    backtests,
    bars,
    documents,
    fleet,
    openapi,
    problems,
    sessions,
    streaming,
)
from bots.web.api.listing import listing
from bots.web.failing import LastResort

PREFIX = "/api/v1"


def install(app: FastAPI) -> None:
    """Add the API to the console's application, whose console it works with."""
    api = make_api()
    api.state = app.state
    below = Mount(PREFIX, api)
    # A line break in a path is no way out of here, to pages.
    below.path_regex = re.compile(below.path_regex.pattern, re.DOTALL)
    app.router.routes.append(below)
    app.include_router(listing(api, PREFIX))


def make_api() -> FastAPI:
    """Return the API as an application of its own: whatever goes wrong in it is answered as programs expect it."""
    api = FastAPI(
        title="tradingbot console",
        version=VERSION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.install(api)
    for part in (fleet, streaming, asking, actions, documents, backtests, bars, sessions, auditing, openapi):
        api.include_router(part.router)
    api.add_middleware(LastResort)
    return api
