"""The API over real bots at home: what it says before an action is what the action does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bots.web.api.bot_values import BARS, CURVE, EVENTS, ORDERS, STATUS
from bots.web.at_home import AtHome
from tests.process.running import PATIENCE_SECONDS
from tests.web.at_home.places import Place
from tests.web.staging import living, signed_in, stage

pytestmark = pytest.mark.slow

# Buys on every bar, and keeps what it has bought: what is done to it finds a position.
HOLDS: dict[str, dict[str, Any]] = {
    "strategy": {
        "entry_logic": {"name": "RSIBBEntryMixin", "params": {"rsi_oversold": 99, "bb_dev": 0.1}},
        "exit_logic": {"name": "TimeBasedExitMixin", "params": {"max_bars": 100_000}},
    }
}


@asynccontextmanager
async def console(tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Place]]:
    place = Place(tmp_path / "configs", tmp_path / "work")
    place.configs.mkdir()
    app = stage(AtHome(place.configs, place.workdir, interval=0.2), tmp_path)
    try:
        async with living(app), signed_in(app, "olga") as client:
            yield client, place
    finally:
        await asyncio.to_thread(place.clear)


async def asked(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def told(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    answer = await client.post(f"/api/v1{path}", json=body, timeout=90)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def seen(client: httpx.AsyncClient, what: str, condition: Callable[[Any], object]) -> Any:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_SECONDS
    while not condition(bot := await asked(client, "/bots/holder")):
        assert loop.time() < deadline, f"no {what} within {PATIENCE_SECONDS:.0f} s; last seen: {bot}"
        await asyncio.sleep(0.1)
    return bot


async def test_a_bot_does_what_was_said_of_each_action(tmp_path: Path) -> None:
    async with console(tmp_path) as (client, place):
        place.document("holder", **HOLDS)
        text = place.configs.joinpath("holder.json").read_text()
        place.configs.joinpath("holder.json").unlink()
        made = await client.post("/api/v1/bots?name=holder", content=text, headers={"Content-Type": "application/json"})
        assert made.status_code == 201, made.text

        await told(client, "/bots/holder/start")
        held = (await seen(client, "position", lambda bot: bot["position"]))["position"]

        # What real bots say is what the document of the API describes.
        for saying, adapter in (
            ("status", STATUS),
            ("bars", BARS),
            ("orders", ORDERS),
            ("events", EVENTS),
            ("curve", CURVE),
        ):
            assert adapter.validate_python(await asked(client, f"/bots/holder/{saying}"))
        assert (await asked(client, "/bots/holder/bars?limit=5"))["bars"]

        await told(client, "/bots/holder/halt", reason="lunch")
        assert (await seen(client, "halt", lambda bot: bot["state"] == "halted"))["position"] == held
        await told(client, "/bots/holder/resume")
        await seen(client, "end of the halt", lambda bot: bot["state"] == "ready")

        said = await asked(client, "/bots/holder/consequences?action=stop")
        assert "is kept." in " ".join(said["sentences"])
        await told(client, "/bots/holder/stop")
        assert (await seen(client, "end", lambda bot: bot["state"] == "stopped"))["position"] == held

        refused = await client.delete("/api/v1/bots/holder?position=close")
        said = await asked(client, "/bots/holder/consequences?action=delete&position=close")
        assert (refused.status_code, said["sentences"]) == (
            409,
            ["It does not run, and so cannot sell: start it before, or keep its position."],
        )

        await told(client, "/bots/holder/start")
        await seen(client, "position again", lambda bot: bot["state"] == "ready" and bot["position"])
        said = await asked(client, "/bots/holder/consequences?action=stop&position=close")
        assert "is sold at the market first" in said["sentences"][0]
        await told(client, "/bots/holder/stop", position="close")
        at_rest = await seen(client, "end", lambda bot: bot["state"] == "stopped")
        # It was halted to sell, and is not any more.
        assert (at_rest["position"], at_rest["detail"]) == (0, "")
        trades = (await asked(client, "/bots/holder/trades"))["trades"]
        assert trades[-1]["exit_reason"] == "manual_close"

        assert (await client.delete("/api/v1/bots/holder")).status_code == 204
        assert list((place.configs / ".deleted").glob("holder-*.json"))
        assert list((place.workdir / "journal").glob("holder.paper.sqlite"))
