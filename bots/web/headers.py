"""What every answer tells the browser to keep to."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_POLICY, _FRAMES = "Content-Security-Policy", "X-Frame-Options"
# A report of a backtest brings scripts of its own: its route shuts it up in a sandbox, apart from this site.
_OF_SANDBOXES = (_POLICY, _FRAMES)
_ALWAYS = {
    _POLICY: _CONTENT,
    "X-Content-Type-Options": "nosniff",
    _FRAMES: "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_A_YEAR = "max-age=31536000"


class SafeHeaders:
    """Adds the headers, whoever has answered.

    Parameters
    ----------
    app : ASGIApp
        What follows.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                sandboxed = _is_sandbox(headers.get(_POLICY, ""))
                for name, value in _ALWAYS.items():
                    if not (sandboxed and name in _OF_SANDBOXES):
                        headers[name] = value
                headers["Cache-Control"] = _keeping(scope, message["status"])
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = _A_YEAR
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def _is_sandbox(policy: str) -> bool:
    return policy.startswith("sandbox ") and "allow-same-origin" not in policy


def _keeping(scope: Scope, status: int) -> str:
    """Say how long the browser may keep an answer."""
    if not scope["path"].startswith("/static/") or status not in (200, 206, 304):
        return "no-store"
    # What is asked for by its version never changes; all else is asked for again, and mostly answered by 304.
    return f"public, {_A_YEAR}, immutable" if b"v=" in scope["query_string"] else "no-cache"
