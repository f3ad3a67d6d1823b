"""Bars for backtests: which there are, and more of them."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.exceptions import HTTPException

from bots.web import acting
from bots.web.api.documenting import problems
from bots.web.api.values import Value
from bots.web.console import TheConsole, TheSession

router = APIRouter(tags=["Backtests"])


class BarsOffered(Value):
    """Bars that can be chosen."""

    key: str = Field(description="Names them to POST /backtests.")
    label: str = Field(description="What they are, for people.")


@router.get("/bars", summary="List bars", responses=problems(401, 403))
async def list_bars(console: TheConsole) -> tuple[BarsOffered, ...]:
    """Return the files of bars that can be chosen."""
    return tuple(BarsOffered(key=each.key, label=each.label) for each in console.backtests.offered())


@router.put(
    "/bars/{file}",
    summary="Upload bars",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "Bars as CSV: timestamp, open, high, low, close, volume.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    },
    responses=problems(401, 403, 404, 409, 413, 415, 422),
)
async def upload_bars(
    request: Request,
    console: TheConsole,
    session: TheSession,
    file: Annotated[
        str,
        Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._=^-]{0,99}\.csv$", description="Its name.", examples=["BTCUSDT-1h.csv"]),
    ],
) -> BarsOffered:
    """Keep a file of bars under a name that is free; every line is looked at."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "text/csv":
        raise HTTPException(415, "send the bars with Content-Type: text/csv")
    offered = await acting.take_bars(console, session, file, request.stream(), way=acting.API)
    return BarsOffered(key=offered.key, label=offered.label)
