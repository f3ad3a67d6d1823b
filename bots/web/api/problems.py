"""What the API answers where something is wrong: one sentence, as RFC 9457 has it, whatever it was."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import compile_path

from strategies.errors import (
    BarsFileError,
    BotUnreachableError,
    ChangedMeanwhileError,
    ClusterError,
    ClusterRefusedError,
    DocumentError,
    NoSuchBacktestError,
    NoSuchBotError,
    TradingBotError,
    VenueError,
)

MEDIA_TYPE = "application/problem+json"
_MOST_FAULTS = 100
# What a person's own words in a request may add to a sentence.
_LONGEST_INPUT = 60


class Flaw(BaseModel):
    """One thing that is wrong in a document or in a request."""

    model_config = ConfigDict(frozen=True)

    place: str = Field(description="Where: `section.key` of a document, `query.limit` or `body.mode` of a request.")
    message: str = Field(description="What is wrong, and what would be right.")


class Problem(BaseModel):
    """An error as RFC 9457 has it."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(default="about:blank", description="Always `about:blank`: the status says which kind it is.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened and what to do, in one sentence for people.")
    faults: tuple[Flaw, ...] | None = Field(default=None, description="All that is wrong, where it has places.")


def problem(
    status: int, detail: str, faults: Sequence[Flaw] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return an error as an answer."""
    told = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        faults=None if faults is None else tuple(faults[:_MOST_FAULTS]),
    )
    return JSONResponse(told.model_dump(exclude_none=True), status, dict(headers or {}), MEDIA_TYPE)


def status_of(error: TradingBotError) -> int:
    """Return the HTTP status of an error."""
    match error:
        case NoSuchBotError() | NoSuchBacktestError():
            return 404
        case ChangedMeanwhileError():
            return 412
        case DocumentError() | BarsFileError():
            return 422
        case ClusterRefusedError(status=404 | 409 | 422 as status):
            return status
        case BotUnreachableError() | ClusterError() | VenueError():
            return 502
        case _:
            return 409


def told(error: TradingBotError) -> JSONResponse:
    """Return one of our own errors as an answer."""
    if isinstance(error, DocumentError):
        count = "1 fault" if len(error.faults) == 1 else f"{len(error.faults)} faults"
        flaws = [Flaw(place=fault.place, message=fault.message) for fault in error.faults]
        return problem(422, f"{error.source} has {count}", flaws)
    return problem(status_of(error), " ".join(str(error).split()))


def install(api: FastAPI) -> None:
    """Let an application answer all that goes wrong so."""

    # Handlers are found by the class of the error; their types are Starlette's.
    async def ours(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, TradingBotError)  # noqa: S101
        return told(error)

    async def not_understood(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return _not_understood(error)

    async def of_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101
        return _of_http(request, error)

    api.add_exception_handler(TradingBotError, ours)
    api.add_exception_handler(RequestValidationError, not_understood)
    api.add_exception_handler(HTTPException, of_http)


def _not_understood(error: RequestValidationError) -> JSONResponse:
    errors = error.errors()
    if any(each["loc"][:1] == ("path",) for each in errors):
        # What cannot be a name names nothing.
        return problem(404, "there is nothing of this name")
    if any(each["type"] == "json_invalid" for each in errors):
        why = next(each for each in errors if each["type"] == "json_invalid")
        return problem(400, f"the body is not JSON: {why['ctx']['error']} at character {why['loc'][-1]}")
    flaws = flaws_of(error)
    return problem(422, sentence_of(flaws), flaws)


def flaws_of(error: RequestValidationError) -> list[Flaw]:
    """Return what is wrong with a request, each with its place."""
    return [Flaw(place=".".join(map(_part, each["loc"])) or "body", message=_sentence(each)) for each in error.errors()]


def sentence_of(flaws: Sequence[Flaw]) -> str:
    """Return the first of what is wrong in one sentence."""
    return "; ".join(f"{flaw.place} {flaw.message}" for flaw in flaws[:3])


def _part(part: object) -> str:
    text = str(part)
    return text if text.isprintable() and len(text) <= _LONGEST_INPUT else "(a key that nobody can read)"


def _sentence(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not known here"
        case "model_attributes_type" | "dict_type":
            return "must be a JSON object; send it with Content-Type: application/json"
        case _:
            message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
            return f"{message[:1].lower()}{message[1:]}"


def _of_http(request: Request, error: HTTPException) -> JSONResponse:
    headers = dict(error.headers or {})
    match error.status_code:
        case 404:
            detail = f"there is no {request.url.path[:200]!a}; /api/v1/openapi.json lists what there is"
        case 405:
            headers["Allow"] = ", ".join(_allowed(request)) or headers.get("Allow", "")
            detail = f"{request.method[:20]} is not for this address; it takes {headers['Allow']}"
        case 400:
            # FastAPI says so of bytes that are no text, and of more brackets than anybody reads.
            detail = "the body is not JSON"
        case 413:
            detail = "the body is too large"
        case _:
            detail = str(error.detail)
    return problem(error.status_code, detail, headers=headers)


def _allowed(request: Request) -> list[str]:
    # Several routes share an address, and each knows its own methods only.
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    described = request.app.openapi()["paths"]
    return sorted(
        method.upper()
        for template, operations in described.items()
        if compile_path(template)[0].match(path)
        for method in operations
    )
