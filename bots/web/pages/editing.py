"""The pages on which bots are made and changed: a form beside the document, kept in step by the server."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from bots.web import acting
from bots.web.backtests.bars import MADE_COUNT, MADE_MOST
from bots.web.bots import Entry, Written
from bots.web.console import Console, TheConsole, TheSession
from bots.web.forms import Form, build_form, masked, type_in
from bots.web.forms.diffing import difference
from bots.web.forms.saving import what_saving_does
from bots.web.forms.starting_points import starting_points
from bots.web.login.sessions import Session
from bots.web.pages.backtesting_parts import bars_to_choose
from bots.web.pages.drafts import Draft, TheDraft, TheTyped
from bots.web.pages.editing_parts import rendered_form
from bots.web.pages.rendering import render
from strategies.errors import (
    ChangedMeanwhileError,
    DocumentError,
    ManagingError,
    NoSuchBotError,
    NotConfirmedError,
    TradingBotError,
)

router = APIRouter()


@router.get("/new")
async def new(request: Request, console: TheConsole, template: str = "") -> Response:
    """Choose what to start from, then the editor with it."""
    chosen = next((each for each in starting_points() if each.name == template), None)
    if chosen is None:
        return render(request, "editing_new.html", points=starting_points())
    return await _editor(request, console, None, Written(chosen.text, ""), chosen.text)


@router.get("/bots/{name}/edit")
async def edit(request: Request, console: TheConsole, name: str) -> Response:
    """Show the editor with a bot's document."""
    try:
        entry, written = console.bots.entry(name), await console.bots.document(name)
    except TradingBotError as error:
        status = 404 if isinstance(error, NoSuchBotError) else 502
        return render(request, "editing_unavailable.html", status, name=name, sentence=str(error))
    return await _editor(request, console, entry, written, masked(written.text))


@router.post("/editor/sync")
async def sync(request: Request, draft: TheTyped) -> Response:
    """Bring form and text in step: what was typed goes into the text, and the form is made of that."""

    def in_step() -> tuple[str, Form]:
        text = draft.text
        for path, typed in draft.changes:
            text = type_in(text, path, typed)
        return text, build_form(text)

    text, form = await asyncio.to_thread(in_step)
    return JSONResponse(
        {
            "text": text,
            "mode": form.mode,
            "troubles": len(form.errors),
            "readable": form.root is not None,
            **rendered_form(form),
        }
    )


@router.post("/editor/review")
async def review(request: Request, console: TheConsole, draft: TheDraft) -> Response:
    """Show what would be saved, beside what is, and what saving will do."""
    entry, saved = await _saved(console, draft)
    form = await asyncio.to_thread(build_form, draft.text)
    before = masked(saved.text) if saved is not None else ""
    lines = await asyncio.to_thread(difference, before, masked(draft.text))
    return render(
        request,
        "editing_review.html",
        entry=entry,
        name=draft.name,
        form=form,
        lines=lines,
        conflict=saved is not None and saved.version != draft.version,
        version=saved.version if saved is not None else "",
        sentences=what_saving_does(entry, console.bots.kind, form.mode),
    )


@router.post("/editor/save")
async def save(request: Request, console: TheConsole, session: TheSession, draft: TheDraft) -> Response:
    """Save a document, or make a bot; says where to go from here, or why not."""
    try:
        return await _save(console, session, draft)
    except DocumentError as error:
        return _refused(422, "It cannot be saved: " + "; ".join(f"{f.place}: {f.message}" for f in error.faults[:5]))
    except ChangedMeanwhileError as error:
        return _refused(409, str(error), conflict=True)
    except NotConfirmedError as error:
        return _refused(409, str(error), confirm=True)
    except ManagingError as error:
        return _refused(409, str(error))
    except TradingBotError as error:
        return _refused(502, str(error))


async def _save(console: Console, session: Session, draft: Draft) -> Response:
    if draft.version:
        written = await acting.save(console, session, draft.name, draft.text, draft.version, typed=draft.typed)
        return JSONResponse({"saved": True, "version": written.version, "location": f"/bots/{draft.name}"})
    entry = await acting.create(console, session, draft.name, draft.text, typed=draft.typed)
    return JSONResponse({"saved": True, "version": "", "location": f"/bots/{entry.name}"})


async def _saved(console: Console, draft: Draft) -> tuple[Entry | None, Written | None]:
    if not draft.version:
        return None, None
    try:
        return console.bots.entry(draft.name), await console.bots.document(draft.name)
    except TradingBotError:
        # Deleted meanwhile, or out of reach: saving will say so.
        return None, None


async def _editor(request: Request, console: Console, entry: Entry | None, written: Written, text: str) -> Response:
    form = await asyncio.to_thread(build_form, text)
    return render(
        request,
        "editing_editor.html",
        entry=entry,
        name=entry.name if entry is not None else "",
        version=written.version,
        text=text,
        # What hides a secret is a change already, and one that has to be made.
        changed=text != written.text,
        form=form,
        bars=bars_to_choose(console),
        count=MADE_COUNT,
        most=MADE_MOST,
        sentences=what_saving_does(entry, console.bots.kind, form.mode),
    )


def _refused(status: int, sentence: str, **more: bool) -> Response:
    return JSONResponse({"saved": False, "sentence": sentence, **more}, status)
