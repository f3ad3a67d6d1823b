"""What whoever does not pass the gate is answered: a page leads on, the API gets a problem, htmx a line."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Scope

from bots.web.login.policy import API, Refusal

_TITLES = {
    401: "Not logged in",
    403: "Not allowed",
    413: "Too large",
    421: "Not this machine",
    429: "Too often",
    500: "Failed",
}


def answer(scope: Scope, refusal: Refusal) -> Response:
    """Return the answer to a request that is refused."""
    headers = Headers(scope=scope)
    if scope["path"].startswith(API):
        return problem(refusal.status, refusal.text)
    if "HX-Request" in headers:
        # A part of a page is nothing to be led on with: the whole page is.
        more = {"HX-Redirect": refusal.to} if refusal.to else {}
        return PlainTextResponse(refusal.text, refusal.status, more)
    is_a_page = scope["method"] in ("GET", "HEAD") and "text/event-stream" not in headers.get("Accept", "")
    if refusal.to and is_a_page:
        return RedirectResponse(refusal.to, 303)
    return PlainTextResponse(refusal.text, refusal.status)


def problem(status: int, detail: str) -> JSONResponse:
    """Return an error as RFC 9457 has it."""
    content = {"type": "about:blank", "title": _TITLES.get(status, "Refused"), "status": status, "detail": detail}
    return JSONResponse(content, status, media_type="application/problem+json")
