"""What a proxy before the console says of those behind it; only heard where there is one."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from bots.web.login.policy import is_address


class BehindProxy:
    """Takes scheme, host and address from a proxy's word; whoever can reach the console without it could lie.

    Parameters
    ----------
    app : ASGIApp
        What follows.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as the browser has sent it."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            changed: dict[str, object] = {}
            if _last(headers, "X-Forwarded-Proto").lower() in ("http", "https"):
                changed["scheme"] = _last(headers, "X-Forwarded-Proto").lower()
            # The last is what our own proxy has seen; all before it anybody may have written.
            if is_address(address := _bare(_last(headers, "X-Forwarded-For"))):
                changed["client"] = (address, 0)
            if host := _last(headers, "X-Forwarded-Host"):
                others = [(key, value) for key, value in scope["headers"] if key != b"host"]
                changed["headers"] = [*others, (b"host", host.encode("latin-1"))]
            scope = {**scope, **changed}
        await self._app(scope, receive, send)


def _last(headers: Headers, name: str) -> str:
    said = headers.getlist(name)
    return said[-1].rpartition(",")[2].strip() if said else ""


def _bare(address: str) -> str:
    """Return an address without its port."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
