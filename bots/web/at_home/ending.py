"""Bots are told to end, and waited for; none is ever killed from here."""

import asyncio
from dataclasses import replace

from bots.web.at_home.following import Following
from bots.web.at_home.halting import Closed, Halting
from bots.web.at_home.looking import Looker, Sight
from bots.web.at_home.processes import Process
from bots.web.at_home.wanted import Wanted
from bots.web.bots import OnLeaving, Who
from strategies.errors import NoSuchBotError, NotNowError

_LOOK_SECONDS = 0.05


class Ending:
    """Stops bots.

    Parameters
    ----------
    following : Following
        Sees the bots.
    halting : Halting
        Closes positions.
    wanted : Wanted
        What shall run.
    seconds : float
        For how long a process may take to end.
    """

    def __init__(self, following: Following, halting: Halting, wanted: Wanted, seconds: float) -> None:
        self._following, self._halting, self._wanted, self._seconds = following, halting, wanted, seconds

    async def stop(self, name: str, position: OnLeaving, who: Who, *, for_good: bool = True) -> None:
        """Let a bot end; `for_good` unless it is to be started again at once.

        Raises
        ------
        NotNowError
            If it does not run, cannot be closed, or has not ended in time; what became of it is told.
        """
        sight = await self._following.look(name)
        process = sight.process
        if process is None:
            await self._stop_nobody(name, position, sight, for_good=for_good)
            return
        closed: Closed | None = None
        if position is OnLeaving.CLOSE:
            closed = await self._halting.close(name, who, "closed before it was stopped")
        looker = self._following.looker(name)
        await self._tell(looker, sight, process)
        if for_good:
            await asyncio.to_thread(self._wanted.forget, name)
        self._following.publish()
        await self._until_gone(name, process)
        if closed is not None:
            await self._halting.take_back(name, closed)
        await self._look_after(name)

    async def stop_if_it_runs(self, name: str, position: OnLeaving, who: Who) -> None:
        """Let a bot end, or see to it that one that does not run holds nothing that was to be closed."""
        sight = await self._following.look(name)
        if sight.process is not None:
            await self.stop(name, position, who)
        else:
            _nothing_to_close(name, position, sight)

    async def _stop_nobody(self, name: str, position: OnLeaving, sight: Sight, *, for_good: bool) -> None:
        _nothing_to_close(name, position, sight)
        if not for_good or self._wanted.get(name) is None:
            raise NotNowError(f"{name} does not run")
        # It should have run: that it need not any more is all there is to stop.
        await asyncio.to_thread(self._wanted.forget, name)
        await self._look_after(name)

    async def _look_after(self, name: str) -> None:
        try:
            await self._following.look(name)
        except NoSuchBotError:
            # One without a document is none of the fleet once it does not run.
            self._following.publish()

    async def _tell(self, looker: Looker, sight: Sight, process: Process) -> None:
        # A bot that is told twice leaves at once, without waiting for its orders.
        if looker.ending == process or (sight.status or {}).get("state") == "stopping":
            return
        try:
            process.tell_to_end()
        except PermissionError as error:
            raise NotNowError(
                f"{looker.name} was started by another user of this machine (process {process.pid}): only they can "
                "stop it"
            ) from error
        looker.ending = process
        looker.sight = replace(sight, row=looker.ended(sight.row, process))

    async def _until_gone(self, name: str, process: Process) -> None:
        end = asyncio.get_running_loop().time() + self._seconds
        while process.lives:
            if asyncio.get_running_loop().time() > end:
                frozen = (
                    "it is frozen, as by SIGSTOP, and ends when it goes on" if process.frozen else "it may still end"
                )
                raise NotNowError(
                    f"process {process.pid} of {name} was told to end and has not within {self._seconds:.0f} s: "
                    f"{frozen}; it was not forced to"
                )
            await asyncio.sleep(_LOOK_SECONDS)


def _nothing_to_close(name: str, position: OnLeaving, sight: Sight) -> None:
    if position is OnLeaving.CLOSE and sight.row.position:
        raise NotNowError(
            f"{name} does not run and holds {sight.row.position:f}: start it, so that it can close that, or keep it"
        )
