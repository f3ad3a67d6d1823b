"""A cluster of doubles, and the console's bots on it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bots.console.api_server import ApiServer
from bots.console.fleet import BotAt
from bots.resource.keys import token_for
from bots.web.bots import Who
from bots.web.in_cluster import InClusterBots
from tests.web.in_cluster.staged_api import TOKEN, ApiDouble
from tests.web.in_cluster.staged_pod import PodDouble

KEY = b"k" * 32
WHO = Who("olga")
DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "configs" / "0001.json").read_text())
RUNNING = {"observedGeneration": 1, "phase": "Running", "mode": "paper", "symbol": "BTCUSDT", "position": "0"}
SUSPENDED = {"observedGeneration": 1, "phase": "Suspended"}


class PodsDouble:
    """The pods that run, wherever their doubles listen."""

    def __init__(self) -> None:
        self.there: list[BotAt] = []

    async def bots(self) -> Sequence[BotAt]:
        """See Pods."""
        return list(self.there)


class Stage:
    """The doubles, and what is made on them."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.api, self.pods = ApiDouble(), PodsDouble()
        self._folder, self._stack = folder, stack

    async def open(self, *namespaces: str, close_seconds: float = 5.0) -> InClusterBots:
        """Return the bots, followed."""
        (self._folder / "token").write_text(f"{TOKEN}\n")
        served = await self._stack.enter_async_context(TestServer(self.api.app()))
        server = ApiServer(str(served.make_url("")).rstrip("/"), self._folder)
        self._stack.push_async_callback(server.close)
        bots = InClusterBots(
            server, namespaces, KEY, interval=0.05, close_seconds=close_seconds, pause=0.05, pods=self.pods
        )
        await bots.begin()
        self._stack.push_async_callback(self._close, bots)
        return bots

    async def run(self, namespace: str, name: str, **more: Any) -> PodDouble:
        """Have a pod of a bot."""
        pod = PodDouble(name, token_for((namespace, name), KEY), **more)
        served = await self._stack.enter_async_context(TestServer(pod.app()))
        url = str(served.make_url("")).rstrip("/")
        self.pods.there.append(BotAt(name, url, pod.token, (namespace, name)))
        return pod

    async def _close(self, bots: InClusterBots) -> None:
        await bots.close()
        self.api.hang_up()


async def seen(bots: InClusterBots, until: Callable[[], bool]) -> None:
    """Wait until the fleet is as it should be."""
    try:
        async with asyncio.timeout(10):
            version = bots.version
            while not until():
                version = await bots.changed(version)
    except TimeoutError:
        pytest.fail(f"last seen: {bots.fleet()}")
