"""The gate before all routes: who is not logged in, or may not do this, does not reach them."""

from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bots.seen.rebinding import is_name_of_another
from bots.web.auditing import ADDRESS, AuditLog
from bots.web.bots import Who
from bots.web.login import policy
from bots.web.login.doors import Doors
from bots.web.login.policy import Asked, Refusal
from bots.web.login.refusing import answer
from bots.web.login.sessions import Session

_LARGEST_OWN_FORM = 16_384
_OTHER_NAME = Refusal(
    421, "this console answers on this machine only: ask for localhost or 127.0.0.1, or run it with another --host"
)


class Gate:
    """The whole policy, in one place; routes check nothing.

    Parameters
    ----------
    app : ASGIApp
        What follows.
    doors : Doors
        Who is logged in.
    audit : AuditLog
        Where refused changes are written down.
    local : bool
        Whether it listens on this machine only, with no proxy before it: names of other machines are refused.
    """

    def __init__(self, app: ASGIApp, doors: Doors, audit: AuditLog, *, local: bool = True) -> None:
        self._app, self._doors, self._audit, self._local = app, doors, audit, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        ADDRESS.set(scope["client"][0] if scope.get("client") else "")
        if self._local and is_name_of_another(headers.get("Host")):
            await answer(scope, _OTHER_NAME)(scope, receive, send)
            return
        session = self._session(scope, headers)
        scope.setdefault("state", {})["session"] = session
        asked, receive = await _asked(scope, headers, receive)
        if (refusal := policy.refuse(asked, session)) is not None:
            self._write_down(asked, session, refusal)
            await answer(scope, _led_back(refusal, scope, headers))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _session(self, scope: Scope, headers: Headers) -> Session | None:
        name = policy.cookie_name(scope["scheme"], headers.get("Host", ""))
        shown = cookie_parser(headers.get("Cookie", "")).get(name)
        # A page that lies open and is told what is new is not at work.
        used = "text/event-stream" not in headers.get("Accept", "")
        return self._doors.session(shown, used=used) if shown else None

    def _write_down(self, asked: Asked, session: Session | None, refusal: Refusal) -> None:
        # Anybody can send what nobody has logged in for: that would only fill the log.
        if session is not None and not asked.is_safe:
            told = f"refused: {refusal.text}"
            self._audit.note(Who(session.user), f"{asked.method} {asked.path}", outcome=told)


async def _asked(scope: Scope, headers: Headers, receive: Receive) -> tuple[Asked, Receive]:
    asked = Asked(
        method=scope["method"],
        path=scope["path"],
        scheme=scope["scheme"],
        host=headers.get("Host", ""),
        origin=headers.get("Origin"),
        fetch_site=headers.get("Sec-Fetch-Site"),
        token=headers.get(policy.TOKEN_HEADER, ""),
    )
    if asked.path not in policy.OWN_FORMS or asked.is_safe or asked.token:
        return asked, receive
    # Logging out and choosing a password have to work without scripts: the token comes in the form.
    return await _with_token_of_form(asked, receive)


async def _with_token_of_form(asked: Asked, receive: Receive) -> tuple[Asked, Receive]:
    body, read = bytearray(), []
    while True:
        message = await receive()
        read.append(message)
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > _LARGEST_OWN_FORM:
            break

    async def again() -> Message:
        return read.pop(0) if read else await receive()

    try:
        form = parse_qs(body.decode(), max_num_fields=20)
    except ValueError:
        form = {}
    return replace(asked, token=form.get("csrf", [""])[0]), again


def _led_back(refusal: Refusal, scope: Scope, headers: Headers) -> Refusal:
    """Let whoever logs in come back to the page that was wanted."""
    if refusal is not policy.NOT_IN:
        return refusal
    if "HX-Request" in headers:
        parts = urlsplit(headers.get("HX-Current-URL", ""))
        wanted = f"{parts.path}?{parts.query}" if parts.query else parts.path
    else:
        request = Request(scope)
        wanted = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    wanted = policy.own_path(wanted)
    return refusal if wanted == "/" else Refusal(refusal.status, refusal.text, f"{policy.LOGIN}?next={quote(wanted)}")
