"""Backtests: begun, followed, read, compared."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from bots.web import acting
from bots.web.api.document_bodies import IN_OPENAPI, DocumentText
from bots.web.api.documenting import problems
from bots.web.api.values import Number, Time, Value
from bots.web.backtests.backtest import Backtest, State
from bots.web.backtests.bars import MADE_COUNT, MADE_MOST
from bots.web.console import TheConsole, TheSession

router = APIRouter(tags=["Backtests"], prefix="/backtests")

type Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description="The backtest's id.")]


class BacktestTold(Value):
    """One backtest."""

    id: str = Field(description="Names it in addresses.")
    bot: str = Field(description="Whose document was traded, or what a draft shall be called.")
    bars: str = Field(description="On which bars, in words.")
    who: str = Field(description="Who has started it.")
    asked: Time = Field(description="When.")
    state: State = Field(description="How far it is.")
    line: str = Field(description="What there is to say about that, such as why it has failed.")
    seconds: Number = Field(description="For how many seconds it has run.")


class EquityTold(Value):
    """The account at the close of a bar."""

    time: Time
    equity: Number


class ResultTold(Value):
    """What a backtest brought."""

    backtest: BacktestTold
    figures: dict[str, Any] = Field(
        description="The key figures, as the command `tradingbot backtest` writes them into `summary.json`."
    )
    curve: tuple[EquityTold, ...] = Field(description="The equity, thinned so that the extremes stay.")


@router.get("", summary="List backtests", responses=problems(401, 403))
async def list_backtests(console: TheConsole) -> tuple[BacktestTold, ...]:
    """Return the backtests that are kept, the newest first."""
    return tuple(_told(each) for each in console.backtests.list())


@router.post(
    "",
    summary="Begin a backtest",
    status_code=202,
    openapi_extra=IN_OPENAPI,
    responses={
        202: {
            "description": "It runs, or waits for its turn.",
            "headers": {"Location": {"description": "Where it is.", "schema": {"type": "string"}}},
        },
        **problems(401, 403, 409, 413, 415, 422),
    },
)
async def begin(
    console: TheConsole,
    session: TheSession,
    text: DocumentText,
    response: Response,
    bars: Annotated[
        str,
        Query(
            max_length=200,
            description="On which bars: a key of GET /bars, `own` for the document's data.file, or `made` "
            "for those of the mock market.",
            examples=["made"],
        ),
    ] = "made",
    count: Annotated[int, Query(ge=1, le=MADE_MOST, description="How many bars are made.")] = MADE_COUNT,
    bot: Annotated[
        str, Query(min_length=1, max_length=128, description="Whose document this is.", examples=["0001"])
    ] = "draft",
) -> BacktestTold:
    """Trade a document on past bars, in a process of its own; follow it by its id."""
    begun = await acting.backtest(console, session, text, bars, bot=bot, count=count, way=acting.API)
    response.headers["Location"] = f"/api/v1/backtests/{begun}"
    return _told(console.backtests.get(begun))


@router.get("/{id}", summary="See a backtest", responses=problems(401, 403, 404))
async def see(console: TheConsole, id: Id) -> BacktestTold:
    """Return one backtest."""
    return _told(console.backtests.get(id))


@router.delete(
    "/{id}",
    summary="Delete a backtest",
    status_code=204,
    response_class=Response,
    responses=problems(401, 403, 404, 409),
)
async def delete(console: TheConsole, session: TheSession, id: Id) -> None:
    """Cancel a backtest if it is not over, and forget it."""
    await acting.delete_backtest(console, session, id, way=acting.API)


@router.post("/{id}/cancel", summary="Cancel a backtest", responses=problems(401, 403, 404, 409))
async def cancel(console: TheConsole, session: TheSession, id: Id) -> BacktestTold:
    """End a backtest that waits or runs; that it was there is still told."""
    await acting.cancel_backtest(console, session, id, way=acting.API)
    return _told(console.backtests.get(id))


@router.get("/{id}/result", summary="Read what it brought", responses=problems(401, 403, 404, 409))
async def result(console: TheConsole, id: Id) -> ResultTold:
    """Return the key figures and the equity of a backtest that is done."""
    brought = await console.backtests.result(id)
    return ResultTold(
        backtest=_told(brought.backtest),
        figures=dict(brought.figures),
        curve=tuple(
            EquityTold(time=datetime.fromtimestamp(point.time, UTC), equity=point.equity) for point in brought.curve
        ),
    )


@router.get(
    "/{id}/document",
    summary="Read its document",
    response_class=Response,
    responses={
        200: {
            "description": "The document as it was traded.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **problems(401, 403, 404),
    },
)
async def document(console: TheConsole, id: Id) -> Response:
    """Return the document that a backtest has traded, as it was written."""
    text = await run_in_threadpool(console.backtests.document, id)
    return Response(text.encode(), media_type="application/json")


@router.get(
    "/{id}/report",
    summary="Download its report",
    response_class=Response,
    responses={
        200: {
            "description": "A page that stands alone.",
            "content": {"text/html": {"schema": {"type": "string"}}},
            "headers": {"Content-Disposition": {"description": "A file.", "schema": {"type": "string"}}},
        },
        **problems(401, 403, 404, 409),
    },
)
async def report(console: TheConsole, id: Id) -> Response:
    """Return the report of a backtest that is done, as a file: it has scripts, which no page of the console runs."""
    content = await run_in_threadpool(console.backtests.report(id).read_bytes)
    told = {"Content-Disposition": f'attachment; filename="{id}.html"'}
    return Response(content, headers=told, media_type="text/html; charset=utf-8")


def _told(backtest: Backtest) -> BacktestTold:
    return BacktestTold(
        id=backtest.id,
        bot=backtest.bot,
        bars=backtest.bars,
        who=backtest.who,
        asked=datetime.fromtimestamp(backtest.asked, UTC),
        state=backtest.state,
        line=backtest.line,
        seconds=backtest.seconds,
    )
