"""Logging in, for programs: a cookie and a CSRF token, as pages have them."""

import math
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request
from pydantic import Field, SecretStr
from starlette.responses import JSONResponse, Response

from bots.web.acting import API
from bots.web.api.documenting import problems
from bots.web.api.problems import problem
from bots.web.api.values import Asked, Value
from bots.web.bots import Who
from bots.web.console import TheConsole, TheSession
from bots.web.login.cookies import hand_out, take_back
from bots.web.login.doors import KeptOut, LetIn
from bots.web.login.noting import note_login
from bots.web.login.sessions import Session
from bots.web.login.users import name_of

router = APIRouter(tags=["Session"], prefix="/session")


class Login(Asked):
    """Who comes in."""

    user: str = Field(max_length=200, description="The user's name.", examples=["olga"])
    password: SecretStr = Field(max_length=1000)


class NewPassword(Asked):
    """A password that takes the place of another."""

    old: SecretStr = Field(default=SecretStr(""), max_length=1000, description="Needed, but after a one-time password.")
    new: SecretStr = Field(max_length=1000)


class SessionTold(Value):
    """A session; its cookie comes with the answer."""

    user: str
    role: Literal["viewer", "operator"] = Field(description="A viewer looks; an operator also acts.")
    csrf: str = Field(description="To be sent as `X-CSRF-Token` with all that changes something.")
    choose_password: bool = Field(description="Whether a password has to be chosen before anything else can be done.")


@router.post("", summary="Log in", response_model=SessionTold, responses=problems(400, 401, 403, 413, 422, 429))
async def log_in(request: Request, console: TheConsole, asked: Annotated[Login, Body()]) -> Response:
    """Begin a session: keep the cookie, and send the token with all that changes something."""
    outcome = await console.doors.enter(asked.user, asked.password.get_secret_value(), _address(request))
    note_login(console.audit, Who(name_of(asked.user), API), "login", outcome)
    return _answer(request, outcome)


@router.get("", summary="See who is logged in", responses=problems(401))
async def see(session: TheSession) -> SessionTold:
    """Return the session that this request belongs to."""
    return _told(session)


@router.delete("", summary="Log out", status_code=204, responses=problems(401, 403))
async def log_out(request: Request, console: TheConsole, session: TheSession) -> Response:
    """End the session."""
    console.doors.leave(session)
    console.audit.note(Who(session.user, API), "logout")
    answer = Response(status_code=204)
    take_back(request, answer)
    return answer


@router.put(
    "/password",
    summary="Choose a password",
    response_model=SessionTold,
    responses=problems(400, 401, 403, 409, 413, 422, 429),
)
async def choose_password(
    request: Request, console: TheConsole, session: TheSession, asked: Annotated[NewPassword, Body()]
) -> Response:
    """Give yourself another password; all your sessions end, and a new one begins."""
    outcome = await console.doors.choose_password(
        session, asked.old.get_secret_value(), asked.new.get_secret_value(), _address(request)
    )
    note_login(console.audit, Who(session.user, API), "choose password", outcome)
    return _answer(request, outcome, refused=422)


def _answer(request: Request, outcome: LetIn | KeptOut, refused: int = 401) -> Response:
    if isinstance(outcome, KeptOut):
        again = {"Retry-After": str(math.ceil(outcome.wait))} if outcome.wait else {}
        return problem(429 if outcome.wait else refused, outcome.told, headers=again)
    answer = JSONResponse(_told(outcome.session).model_dump(mode="json"))
    hand_out(request, answer, outcome)
    return answer


def _told(session: Session) -> SessionTold:
    return SessionTold(user=session.user, role=session.role.value, csrf=session.csrf, choose_password=session.one_time)


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""
