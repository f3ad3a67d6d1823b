"""The pages of the login: coming in, going out, the own password. They work without scripts."""

import math
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from bots.web.bots import Who
from bots.web.console import TheConsole, TheSession
from bots.web.login.cookies import hand_out, take_back
from bots.web.login.doors import KeptOut, LetIn
from bots.web.login.noting import note_login
from bots.web.login.policy import ACCOUNT, CHOOSE, HEALTH, LOGIN, LOGOUT, own_path
from bots.web.login.users import name_of
from bots.web.pages.rendering import render
from strategies.errors import LoginError

router = APIRouter(include_in_schema=False)
_LARGEST = 16_384


async def _form(request: Request) -> dict[str, str]:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            return {}
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


type Form = Annotated[dict[str, str], Depends(_form)]


@router.api_route(HEALTH, methods=["GET", "HEAD"])
async def health() -> dict[str, bool]:
    """Say that the console lives."""
    return {"ok": True}


@router.api_route(LOGIN, methods=["GET", "HEAD"])
async def login_page(request: Request) -> Response:
    """Ask for name and password."""
    wanted = own_path(request.query_params.get("next"))
    if request.state.session is not None:
        return RedirectResponse(wanted, 303)
    return render(request, "login.html", wanted=wanted, name="", fault="")


@router.post(LOGIN)
async def login(request: Request, console: TheConsole, form: Form) -> Response:
    """Begin a session."""
    name, wanted = form.get("user", ""), own_path(form.get("next"))
    outcome = await console.doors.enter(name, form.get("password", ""), _address(request))
    note_login(console.audit, Who(name_of(name)), "login", outcome)
    if isinstance(outcome, KeptOut):
        return _kept_out(request, outcome, name, wanted)
    answer = RedirectResponse(ACCOUNT if outcome.session.one_time else wanted, 303)
    hand_out(request, answer, outcome)
    return answer


@router.post(LOGOUT)
async def logout(request: Request, console: TheConsole, session: TheSession) -> Response:
    """End the session."""
    console.doors.leave(session)
    console.audit.note(Who(session.user), "logout")
    answer = RedirectResponse(LOGIN, 303)
    take_back(request, answer)
    return answer


@router.get(ACCOUNT)
async def account(request: Request, session: TheSession) -> Response:
    """Show who is logged in, and ask for another password."""
    return render(request, "account.html", fault="", chosen="chosen" in request.query_params)


@router.get(CHOOSE)
async def account_again() -> Response:
    """Lead whoever loads the page again, after a password that could not be chosen, to where it is asked for."""
    return RedirectResponse(ACCOUNT, 303)


@router.post(CHOOSE)
async def choose_password(request: Request, console: TheConsole, session: TheSession, form: Form) -> Response:
    """Give the user another password."""
    if form.get("new", "") != form.get("again", ""):
        return render(request, "account.html", 422, fault="the two new passwords are not the same", chosen=False)
    outcome: LetIn | KeptOut
    try:
        outcome = await console.doors.choose_password(
            session, form.get("old", ""), form.get("new", ""), _address(request)
        )
    except LoginError as error:
        outcome = KeptOut(str(error))
    note_login(console.audit, Who(session.user), "choose password", outcome)
    if isinstance(outcome, KeptOut):
        status = 429 if outcome.wait else 422
        return _later(render(request, "account.html", status, fault=outcome.told, chosen=False), outcome)
    answer = RedirectResponse("/" if session.one_time else f"{ACCOUNT}?chosen", 303)
    hand_out(request, answer, outcome)
    return answer


def _kept_out(request: Request, outcome: KeptOut, name: str, wanted: str) -> Response:
    status = 429 if outcome.wait else 401
    answer = render(request, "login.html", status, wanted=wanted, name=name[:100], fault=outcome.told)
    return _later(answer, outcome)


def _later(answer: Response, outcome: KeptOut) -> Response:
    if outcome.wait:
        answer.headers["Retry-After"] = str(math.ceil(outcome.wait))
    return answer


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""
