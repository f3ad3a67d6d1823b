"""Looking at the fleet."""

from typing import Annotated

from fastapi import APIRouter, Query

from bots.web.api.documenting import problems
from bots.web.api.fleet_values import Bot, Fleet, FleetAsked, bot_of, sum_of
from bots.web.api.values import BotName
from bots.web.console import TheConsole
from bots.web.selecting import select

router = APIRouter(tags=["Bots"])


@router.get("/bots", summary="List bots", responses=problems(401, 403, 422))
async def list_bots(console: TheConsole, asked: Annotated[FleetAsked, Query()]) -> Fleet:
    """Return some of the bots, as they were last seen, and what all that were found come to.

    Looking costs the bots nothing: they are followed all the time.
    """
    bots = console.bots
    selection = select(bots.fleet(), asked.choice())
    return Fleet(
        kind="cluster" if bots.kind == "cluster" else "folder",
        place=bots.place,
        version=bots.version,
        of=selection.of,
        found=selection.found,
        offset=asked.offset,
        bots=tuple(bot_of(entry) for entry in selection.entries),
        totals=tuple(sum_of(total) for total in selection.totals),
        states=dict(selection.states),
    )


@router.get("/bots/{name}", summary="See one bot", responses=problems(401, 403, 404))
async def see_bot(console: TheConsole, name: BotName) -> Bot:
    """Return one bot at a glance, as it was last seen."""
    return bot_of(console.bots.entry(name))
