"""The cookie of a session: handed out and taken back, by page and API alike."""

from starlette.requests import Request
from starlette.responses import Response

from bots.web.login.doors import LetIn
from bots.web.login.policy import cookie_name
from bots.web.login.sessions import LONGEST_SECONDS


def hand_out(request: Request, answer: Response, let_in: LetIn) -> None:
    """Give the browser its session's id, out of reach of scripts and of other sites; a session it had ends."""
    if request.state.session is not None:
        request.app.state.console.doors.leave(request.state.session)
    answer.set_cookie(
        _name(request),
        let_in.shown,
        max_age=int(LONGEST_SECONDS),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def take_back(request: Request, answer: Response) -> None:
    """Let the browser forget it."""
    answer.delete_cookie(_name(request), secure=request.url.scheme == "https", httponly=True, samesite="strict")


def _name(request: Request) -> str:
    return cookie_name(request.url.scheme, request.headers.get("Host", ""))
