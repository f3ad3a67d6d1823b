"""The keys of a venue: they go to the address that they are meant for, and to no other."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.binance.rest import Keys, Rest
from strategies.errors import OutcomeUnknownError, VenueRefusedError

HERE = "127.0.0.1"
KEYS = Keys("the-key", "the-secret")


class Venue:
    """An address that sends everybody on to another, and that other one, which notes who came."""

    def __init__(self) -> None:
        self.code = 302
        self.came: list[str] = []
        self.servers = [self._server(self._elsewhere), self._server(self._here)]

    @property
    def address(self) -> str:
        """Where the venue is said to be."""
        return f"http://{HERE}:{self.servers[1].port}"

    @staticmethod
    def _server(handler: object) -> TestServer:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)  # type: ignore[arg-type]
        return TestServer(app, host=HERE)

    async def _here(self, request: web.Request) -> web.Response:
        return web.Response(
            status=self.code, headers={"Location": f"http://{HERE}:{self.servers[0].port}{request.path_qs}"}
        )

    async def _elsewhere(self, request: web.Request) -> web.Response:
        self.came.append(request.headers.get("X-MBX-APIKEY", "nobody's key"))
        return web.json_response({})


@pytest.fixture
async def venue() -> AsyncIterator[Venue]:
    """A venue that sends everybody on."""
    made = Venue()
    for server in made.servers:
        await server.start_server()
    yield made
    for server in made.servers:
        await server.close()


@pytest.fixture
async def rest(venue: Venue) -> AsyncIterator[Rest]:
    """Whoever has keys and asks there."""
    made = Rest(venue.address, KEYS)
    yield made
    await made.close()


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_key_is_not_carried_on_to_where_an_answer_points(code: int, venue: Venue, rest: Rest) -> None:
    venue.code = code
    with pytest.raises(VenueRefusedError):
        await rest.get("/api/v3/account", signed=True)
    with pytest.raises(OutcomeUnknownError):
        await rest.change("POST", "/api/v3/order", {"symbol": "BTCUSDT"})
    assert venue.came == []


def test_keys_are_shown_by_no_message() -> None:
    assert "the-" not in f"{KEYS} {KEYS!r}"
