"""The pages, and what a browser is shown where there is none."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bots.web.api.problems import status_of
from bots.web.pages import acting, backtesting, bot, editing, fleet, looking_back, news
from bots.web.pages.rendering import render
from strategies.errors import TradingBotError

_TITLES = {404: "There is no such page", 405: "That cannot be done here"}


def install(app: FastAPI) -> None:
    """Serve the pages."""
    for module in (fleet, news, editing, backtesting, looking_back, acting, bot):
        app.include_router(module.router, include_in_schema=False)
    app.add_exception_handler(TradingBotError, _ours)
    app.add_exception_handler(HTTPException, _of_http)


async def _ours(request: Request, error: Exception) -> Response:
    status = status_of(error) if isinstance(error, TradingBotError) else 500
    title = "There is no such bot" if status == 404 else "This cannot be had now"
    return render(request, "problem.html", status, title=title, sentence=str(error))


async def _of_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    sentence = "The address may be mistyped, or what was there is gone."
    return render(request, "problem.html", status, title=_TITLES.get(status, "This failed"), sentence=sentence)
