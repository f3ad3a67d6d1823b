"""The operator as a whole: watches feed a queue of names, workers reconcile, a sweep looks behind the watches."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

from api import Api, first_line
from asking import Bots
from bots.resource.keys import read_key
from children import Children
from health import Doings, ailments
from hearing import Hearing
from lease import Lease
from measures import BotMeasured, Measures, measured
from reconcile import Reconciler
from resources import MANAGER, Setup
from seen import Key, version_of
from serving import Server
from settings import Settings
from strategies.errors import ClusterError, ClusterUnreachableError
from sweep import sweep, unused_documents
from work import Work
from world import World

LOG = logging.getLogger(MANAGER)


class Operator:
    """Everything between the watches and the API server; see `start`.

    Parameters
    ----------
    settings : Settings
        What the chart says.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._world = World()
        self._measures = Measures(settings.sweep_seconds)
        self._server = Server(self._measures.registry, self._ailments, self._unready)
        self._tasks: list[asyncio.Task[None]] = []
        self._swept = time.monotonic()
        self._looked = time.monotonic()
        self._deaf_sweeps = 0
        self._complete = False
        self._work = Work(self._one, self._failed)
        self._measures.watch(self._measured, lambda: len(self._work), lambda: self._work.oldest_seconds)

    async def start(self) -> None:
        """Connect, serve health and metrics, and work while the Lease is held."""
        settings = self._settings
        key = read_key(settings.key_file)
        self._api = await Api.connect(self._measures.called)
        self._bots = Bots()
        setup = Setup(
            settings.namespace, settings.bot_image, settings.bot_pull_policy, settings.metrics_from, settings.console
        )
        hearing = Hearing(self._bots)
        self._reconciler = Reconciler(
            self._api, self._world, Children(self._api, setup, key), hearing, self._measures.errors.inc
        )
        self._lease = Lease(self._api, settings.namespace, settings.pod, self._lead, self._follow)
        await self._server.start(settings.port)
        self._begin("the Lease", self._lease.keep())
        self._begin("the sweep", self._sweep_for_ever())

    async def stop(self) -> None:
        """Stop working and let go of the Lease."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._work.stop()
        with contextlib.suppress(ClusterError):
            await self._lease.release()
        await self._server.stop()
        await self._bots.close()
        await self._api.close()

    def seen(self, kind: str, gone: bool, body: Mapping[str, Any]) -> None:
        """Take what a watch shows."""
        metadata = body["metadata"]
        if gone:
            key = self._world.drop(kind, metadata["namespace"], metadata["name"], version_of(body))
        else:
            key = self._world.take(kind, body)
        if key is not None:
            self._work.put(key)

    async def _one(self, key: Key) -> float | None:
        with self._measures.reconciled.time():
            try:
                return await self._reconciler(key)
            finally:
                self._looked = time.monotonic()

    def _failed(self, key: Key, error: Exception) -> None:
        self._measures.errors.inc()
        if isinstance(error, ClusterError):
            LOG.warning("%s: %s; tried again", key, first_line(error))
        else:
            LOG.error("%s: %r; tried again", key, error, exc_info=error)

    async def _lead(self) -> None:
        self._measures.leads.set(1)
        self._looked = time.monotonic()
        if self._complete:
            self._work.start()

    async def _follow(self) -> None:
        self._measures.leads.set(0)
        await self._work.stop()

    async def _sweep_for_ever(self) -> None:
        while True:
            try:
                await self._sweep()
            except ClusterError as error:
                LOG.warning("the sweep failed: %s; tried again", first_line(error))
                if isinstance(error, ClusterUnreachableError):
                    # An API server that is away is no ailment of ours; one that refuses us is.
                    self._swept = time.monotonic()
                await asyncio.sleep(min(2.0, self._settings.sweep_seconds))
                continue
            except Exception as error:
                LOG.error("the sweep failed: %r; tried again", error, exc_info=error)
                await asyncio.sleep(min(2.0, self._settings.sweep_seconds))
                continue
            await asyncio.sleep(self._settings.sweep_seconds)

    async def _sweep(self) -> None:
        """Compare everything with what is really there; nothing is done for any bot before this was done once."""
        swept = await sweep(self._api, self._world, self._settings.watched)
        for key, name, uid in await unused_documents(self._api, self._world, self._settings.watched):
            self._reconciler.keeping.note_unused(key, name, uid)
            swept.keys.add(key)
        if self._complete:
            self._measures.missed.inc(swept.missed)
            self._deaf_sweeps = self._deaf_sweeps + 1 if swept.missed else 0
            if swept.missed:
                LOG.warning("the watches had missed %d changes, of %s", swept.missed, ", ".join(map(str, swept.keys)))
        for key in swept.keys | self._without_set():
            self._work.put(key)
        self._swept = time.monotonic()
        self._measures.sweeps.inc()
        self._measures.swept.set_to_current_time()
        if not self._complete:
            self._complete = True
            if self._lease.held:
                self._work.start()

    def _without_set(self) -> set[Key]:
        return {key for key in self._world.bots if key not in self._world.sets}

    def _measured(self) -> list[BotMeasured]:
        now = datetime.now(UTC)
        return [measured(key, bot, self._world.pods(key), now) for key, bot in self._world.bots.items()]

    def _ailments(self) -> list[str]:
        return ailments(
            Doings(
                ended=[task.get_name() for task in self._tasks if task.done()],
                leads=self._lease.held,
                since_sweep=time.monotonic() - self._swept,
                sweep_every=self._settings.sweep_seconds,
                deaf_sweeps=self._deaf_sweeps,
                # A long queue is work; one of which nothing comes out is an ailment.
                queue_age=min(self._work.oldest_seconds, time.monotonic() - self._looked),
            )
        )

    def _unready(self) -> list[str]:
        return [] if self._lease.held and self._complete else ["it does not hold the Lease, or knows not all bots yet"]

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))
