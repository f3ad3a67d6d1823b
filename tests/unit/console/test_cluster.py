"""The bots of a cluster, as the API server lists their pods."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bots.console.api_server import ApiServer
from bots.console.cluster import InCluster, bots_of
from bots.resource.keys import token_for
from bots.resource.names import BOT_LABEL
from strategies.errors import BotUnreachableError, ClusterRefusedError, ClusterUnreachableError, StartError

KEY = b"k" * 32


def pod(namespace: str, name: str, ip: str | None = "10.0.0.7", phase: str = "Running") -> dict[str, Any]:
    return {
        "metadata": {"namespace": namespace, "name": f"{name}-0", "labels": {BOT_LABEL: name}},
        "status": {"phase": phase} | ({"podIP": ip} if ip else {}),
    }


def test_a_bot_is_found_by_its_pod_and_has_its_own_token() -> None:
    (bot,) = bots_of([pod("desk", "btc")], KEY)
    assert (bot.name, bot.url, bot.token) == ("btc", "http://10.0.0.7:8080", token_for(("desk", "btc"), KEY))
    assert bot.token not in repr(bot)


def test_two_bots_of_one_name_are_called_by_their_namespaces() -> None:
    pods = [pod("a", "btc"), pod("b", "btc"), pod("b", "eth")]
    assert [bot.name for bot in bots_of(pods, KEY)] == ["a/btc", "b/btc", "eth"]


def test_a_pod_that_cannot_answer_yet_or_no_more_is_no_bot() -> None:
    assert bots_of([pod("a", "x", None), pod("a", "y", phase="Pending"), pod("a", "z", phase="Failed")], KEY) == []


def test_an_address_of_ipv6_is_written_as_one() -> None:
    assert bots_of([pod("a", "x", "fd00::7")], KEY)[0].url == "http://[fd00::7]:8080"


class Server:
    """An API server that lists."""

    def __init__(self) -> None:
        self.items: dict[str, list[Any]] = {}
        self.asked: list[tuple[str, dict[str, str], str | None]] = []
        self.status = 200

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.query), request.headers.get("Authorization")))
        return web.json_response({"items": self.items.get(request.path, [])}, status=self.status)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def fleet(server: Server, tmp_path: Path) -> AsyncIterator[InCluster]:
    (tmp_path / "token").write_text("account-token\n")
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    async with TestServer(app) as served:
        made = InCluster(ApiServer(str(served.make_url("")).rstrip("/"), tmp_path), ["a", "b"], KEY)
        yield made
        await made.close()


async def test_only_the_named_namespaces_are_looked_at(fleet: InCluster, server: Server) -> None:
    server.items["/api/v1/namespaces/b/pods"] = [pod("b", "btc")]
    assert [bot.key for bot in await fleet.bots()] == [("b", "btc")]
    assert [path for path, _, _ in server.asked] == ["/api/v1/namespaces/a/pods", "/api/v1/namespaces/b/pods"]
    assert {header for _, _, header in server.asked} == {"Bearer account-token"}
    assert "app.kubernetes.io/managed-by=tradingbot-operator" in server.asked[0][1]["labelSelector"]


async def test_a_document_is_that_of_the_resource(fleet: InCluster, server: Server) -> None:
    (bot,) = bots_of([pod("a", "btc")], KEY)
    with pytest.raises(BotUnreachableError, match="no TradingBot a/btc any more"):
        await fleet.document(bot)
    path = "/apis/tradingbots.dev/v1alpha1/namespaces/a/tradingbots"
    server.items[path] = [{"spec": {"config": {"mode": "paper"}}}]
    assert await fleet.document(bot) == {"mode": "paper"}
    assert server.asked[-1][1] == {"fieldSelector": "metadata.name=btc"}


async def test_a_role_that_is_too_small_is_told_as_such(fleet: InCluster, server: Server) -> None:
    server.status = 403
    with pytest.raises(ClusterRefusedError, match="look at the console's role"):
        await fleet.bots()


async def test_an_api_server_that_does_not_answer_well_is_one_error(fleet: InCluster, server: Server) -> None:
    server.status = 500
    with pytest.raises(ClusterUnreachableError):
        await fleet.bots()


def test_outside_of_a_cluster_a_sentence_says_what_else_there_is() -> None:
    with pytest.raises(StartError, match="name bots by --bot"):
        ApiServer.of_pod({})
