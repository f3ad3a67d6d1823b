"""A bot on this machine answers to this machine's addresses: no web page may read it with its visitor's browser.

A page whose own name is made to lead to 127.0.0.1 counts as the same site there; but its name stands in the request.
"""

import ipaddress

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL


def is_this_machine(host: str) -> bool:
    """Say whether only this machine can reach what listens at a host."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def is_name_of_another(host: str | None) -> bool:
    """Say whether the Host of a request is a name, other than this machine's own; addresses need no name server."""
    if host is None:
        return False
    try:
        name = URL(f"http://{host}").host or ""
    except ValueError:
        return True
    return name != "localhost" and _address(name) is None


@web.middleware
async def refuse_other_names(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer nobody who asks for another machine's name."""
    if is_name_of_another(request.headers.get("Host")):
        told = "this bot answers on this machine only: ask for localhost or 127.0.0.1, or run it with another --host"
        return web.json_response({"error": told}, status=421)
    return await handler(request)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
