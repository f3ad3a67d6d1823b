"""The pages of backtests: run one, watch it, look at its report, compare several."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import FileResponse, JSONResponse, Response

from bots.config import document_from_bytes
from bots.web import acting
from bots.web.backtests.backtest import State
from bots.web.backtests.bars import MADE_COUNT, MADE_MOST
from bots.web.backtests.comparing import FIRST, compared, same_bars
from bots.web.backtests.documents import differing
from bots.web.console import Console, TheConsole, TheSession
from bots.web.login.sessions import Session
from bots.web.pages.backtesting_parts import USUAL, bars_to_choose
from bots.web.pages.drafts import Draft, TheDraftOnBars
from bots.web.pages.rendering import render
from strategies.errors import DocumentError, ManagingError, NoSuchBacktestError, TradingBotError

router = APIRouter()
# Its scripts are inline, and run where nothing of this site can be reached.
_OWN_WORLD = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_MOST_COMPARED = 6

type Ids = Annotated[list[str], Query(max_length=_MOST_COMPARED)]
type Name = Annotated[str, Form(max_length=300)]


@router.get("/backtests")
async def backtests(request: Request, console: TheConsole, bot: str = "") -> Response:
    """Show all that there are, and a form to run another."""
    return render(
        request,
        "backtests.html",
        backtests=console.backtests.list(),
        names=[entry.name for entry in console.bots.fleet()],
        bot=bot,
        bars=bars_to_choose(console),
        count=MADE_COUNT,
        most=MADE_MOST,
    )


@router.get("/backtests/rows")
async def rows(request: Request, console: TheConsole) -> Response:
    """Show all that there are, as they are now."""
    return render(request, "backtests_rows.html", backtests=console.backtests.list())


@router.post("/backtests")
async def run(
    request: Request,
    console: TheConsole,
    session: TheSession,
    bot: Name,
    bars: Name = USUAL,
    count: Annotated[int, Form(ge=1, le=MADE_MOST)] = MADE_COUNT,
) -> Response:
    """Run a bot's document on bars."""
    try:
        text = (await console.bots.document(bot)).text
        id = await _start(console, session, text, bars, bot, count)
    except TradingBotError as error:
        return render(request, "backtests_refused.html", _status(error), sentence=_sentence(error))
    return Response(status_code=204, headers={"HX-Redirect": f"/backtests/{id}"})


@router.post("/backtests/bars")
async def take_bars(request: Request, console: TheConsole, session: TheSession, name: str = "") -> Response:
    """Keep a CSV of bars that somebody sends as the body."""
    try:
        offered = await acting.take_bars(console, session, name[:200], request.stream())
    except TradingBotError as error:
        return JSONResponse({"sentence": str(error)}, _status(error))
    return JSONResponse({"key": offered.key, "label": offered.label}, 201)


@router.get("/backtests/compare")
async def compare(request: Request, console: TheConsole, id: Ids) -> Response:
    """Show several side by side."""
    try:
        results = await console.backtests.compare(list(dict.fromkeys(id)))
        texts = [console.backtests.document(result.backtest.id) for result in results]
    except (TradingBotError, OSError, ValueError) as error:
        return _unavailable(request, error)
    return render(
        request,
        "backtests_compare.html",
        results=results,
        rows=compared(results),
        same_bars=same_bars(results),
        differing=differing(texts),
    )


@router.get("/backtests/curves")
async def curves(console: TheConsole, id: Ids) -> Response:
    """Return the equity of several, to be drawn."""
    try:
        results = await console.backtests.compare(id)
    except TradingBotError as error:
        return JSONResponse({"sentence": str(error)}, _status(error))
    except (OSError, ValueError):
        return JSONResponse({"sentence": "its results cannot be read any more"}, 404)
    return JSONResponse(
        [
            {"name": result.backtest.bot, "points": [{"time": p.time, "value": p.equity} for p in result.curve]}
            for result in results
        ]
    )


@router.get("/backtests/{id}")
async def backtest(request: Request, console: TheConsole, id: str) -> Response:
    """Show one: how far it is, or what it brought."""
    try:
        shown = console.backtests.get(id)
        results = [await console.backtests.result(id)] if shown.state is State.DONE else []
    except (TradingBotError, OSError, ValueError) as error:
        return _unavailable(request, error)
    others = [other for other in console.backtests.list() if other.state is State.DONE and other.id != id]
    return render(
        request, "backtests_one.html", backtest=shown, results=results, rows=compared(results), others=others[:20]
    )


@router.get("/backtests/{id}/progress")
async def progress(request: Request, console: TheConsole, id: str) -> Response:
    """Show how far one is; the page is loaded again once it is over."""
    try:
        shown = console.backtests.get(id)
    except NoSuchBacktestError:
        return Response(status_code=204, headers={"HX-Redirect": "/backtests"})
    if shown.state.is_over:
        return Response(status_code=204, headers={"HX-Refresh": "true"})
    return render(request, "backtests_progress.html", backtest=shown)


@router.get("/backtests/{id}/report")
async def report(request: Request, console: TheConsole, id: str) -> Response:
    """Return the page that the command has made; it is shown in a frame, in a world of its own."""
    try:
        page = console.backtests.report(id)
    except TradingBotError as error:
        return _unavailable(request, error)
    headers = {"Content-Security-Policy": _OWN_WORLD, "X-Frame-Options": "SAMEORIGIN"}
    return FileResponse(page, media_type="text/html; charset=utf-8", headers=headers)


@router.post("/backtests/{id}/cancel")
async def cancel(console: TheConsole, session: TheSession, id: str) -> Response:
    """End one that waits or runs."""
    try:
        await acting.cancel_backtest(console, session, id)
    except NoSuchBacktestError:
        return Response(status_code=204, headers={"HX-Redirect": "/backtests"})
    return Response(status_code=204, headers={"HX-Refresh": "true"})


@router.delete("/backtests/{id}")
async def delete(console: TheConsole, session: TheSession, id: str) -> Response:
    """Forget one."""
    # Somebody else may have been quicker, and that is what was asked for.
    with suppress(NoSuchBacktestError):
        await acting.delete_backtest(console, session, id)
    return Response(status_code=204, headers={"HX-Redirect": "/backtests"})


@router.post("/editor/backtest")
async def try_draft(request: Request, console: TheConsole, session: TheSession, draft: TheDraftOnBars) -> Response:
    """Run a draft on bars, and beside it the document that is saved, where that is another one."""
    name = draft.name or "draft"
    try:
        ids = [await _start(console, session, draft.text, draft.bars, name, draft.count)]
        saved = await _saved(console, draft)
        if saved is not None and saved != draft.text:
            ids.append(await _start(console, session, saved, draft.bars, name, draft.count))
    except TradingBotError as error:
        return render(request, "backtests_refused.html", _status(error), sentence=_sentence(error))
    return await _tried(request, console, ids)


@router.get("/editor/backtest")
async def tried(request: Request, console: TheConsole, id: Ids) -> Response:
    """Show how far the backtests of a draft are, and what they brought."""
    return await _tried(request, console, id)


async def _tried(request: Request, console: Console, ids: Sequence[str]) -> Response:
    try:
        shown = [console.backtests.get(id) for id in ids]
        over = all(each.state.is_over for each in shown)
        done = [each.id for each in shown if each.state is State.DONE]
        results = await console.backtests.compare(done) if over else []
    except (TradingBotError, OSError, ValueError) as error:
        return render(request, "backtests_refused.html", 404, sentence=_sentence(error))
    return render(
        request,
        "editing_tried.html",
        backtests=shown,
        over=over,
        done=done,
        rows=compared(results)[: FIRST + 4],
        same_bars=same_bars(results),
        query="&".join(f"id={each.id}" for each in shown),
    )


async def _start(console: Console, session: Session, text: str, bars: str, bot: str, count: int) -> str:
    if bars == USUAL:
        bars = console.backtests.usual_bars(document_from_bytes(text.encode(errors="replace"), f"{bot}.json"))
    return await acting.backtest(console, session, text, bars[:300], bot=bot, count=min(max(count, 1), MADE_MOST))


async def _saved(console: Console, draft: Draft) -> str | None:
    if not draft.version:
        return None
    try:
        text = (await console.bots.document(draft.name)).text
        document_from_bytes(text.encode(errors="replace"), "")
    except TradingBotError:
        # One with faults, or out of reach, is nothing to compare with.
        return None
    return text


def _unavailable(request: Request, error: Exception) -> Response:
    if isinstance(error, TradingBotError):
        return render(request, "backtests_unavailable.html", _status(error), sentence=_sentence(error))
    return render(request, "backtests_unavailable.html", 404, sentence="its results cannot be read any more")


def _status(error: TradingBotError) -> int:
    if isinstance(error, NoSuchBacktestError):
        return 404
    return 422 if isinstance(error, DocumentError) or not isinstance(error, ManagingError) else 409


def _sentence(error: Exception) -> str:
    if isinstance(error, DocumentError):
        faults = "; ".join(f"{fault.place}: {fault.message}" for fault in error.faults[:5])
        return f"The document has faults, mend them first: {faults}"
    return str(error)
