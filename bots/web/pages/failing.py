"""What a browser is shown where there is no page: a page that says why, or a part of one where one was asked for."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bots.web.api.problems import flaws_of, problem, sentence_of, status_of
from bots.web.pages.rendering import render
from strategies.errors import NoSuchBacktestError, NoSuchBotError, TradingBotError

_GONE = "The address may be mistyped, or what was there is gone."
_TITLES = {404: "There is no such page", 405: "That cannot be done here", 422: "This cannot be understood"}
_LONGEST = 300


def install(app: FastAPI) -> None:
    """Let pages answer so."""
    app.add_exception_handler(TradingBotError, _ours)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _not_understood)


async def _ours(request: Request, error: Exception) -> Response:
    status = status_of(error) if isinstance(error, TradingBotError) else 500
    title = "This cannot be had now"
    if isinstance(error, NoSuchBotError):
        title = "There is no such bot"
    elif isinstance(error, NoSuchBacktestError):
        title = "There is no such backtest"
    return _answer(request, status, title, str(error))


async def _of_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _answer(request, 500, "This failed", _GONE)
    status = error.status_code
    if status == 405 and request.method in ("GET", "HEAD"):
        # An address to which only forms are sent is none to whoever types it.
        status = 404
    # Routing's own words are those of the status; a route's say what was wrong.
    sentence = _GONE if status in (404, 405) else str(error.detail)
    return _answer(request, status, _TITLES.get(status, "This failed"), sentence)


async def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    if any(each["loc"][:1] == ("path",) for each in error.errors()):
        # What cannot be part of an address leads nowhere.
        return _answer(request, 404, _TITLES[404], _GONE)
    flaws = [flaw.model_copy(update={"place": flaw.place.partition(".")[2] or flaw.place}) for flaw in flaws_of(error)]
    return _answer(request, 422, _TITLES[422], f"{sentence_of(flaws)}."[:_LONGEST])


def _answer(request: Request, status: int, title: str, sentence: str) -> Response:
    if request.headers.get("HX-Request") == "true":
        return render(request, "problem_part.html", status, title=title, sentence=sentence)
    if any("application/json" in request.headers.get(header, "") for header in ("Accept", "Content-Type")):
        # Scripts of pages ask so, and show the sentence.
        return problem(status, sentence)
    return render(request, "problem.html", status, title=title, sentence=sentence)
