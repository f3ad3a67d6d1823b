"""Bots of a cluster: the port `Bots` over TradingBot resources and the pods that the operator makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bots.console.answers import read_log, read_trades
from bots.console.api_server import ApiServer
from bots.console.cluster import InCluster
from bots.resource.bot_http import BotHttp
from bots.resource.names import RESTART
from bots.trading.halts import HaltMode
from bots.trading.records import Trade
from bots.web.bots import Entry, OnLeaving, Who, Written
from bots.web.in_cluster import documents, leaving
from bots.web.in_cluster.entries import told_clean
from bots.web.in_cluster.following import Following, Pods
from bots.web.in_cluster.found import Found, Key
from bots.web.in_cluster.halting import Halting
from bots.web.in_cluster.hearing import status_of
from bots.web.in_cluster.names import key_of, new_key
from bots.web.in_cluster.resources import Resources
from strategies.errors import BotUnreachableError, NoSuchBotError

_LARGEST_ANSWER = 8_388_608
_CLOSE_SECONDS = 60.0
_INTERVAL = 2.0


class InClusterBots:
    """The bots of a cluster; see `Bots` for what each method does.

    Parameters
    ----------
    api : ApiServer
        Asks as the console's service account.
    namespaces : sequence of str
        Where bots are looked after; everywhere if empty.
    key : bytes
        The operator's, from which the bots' tokens are made.
    interval : float
        Seconds between two rounds of questions.
    close_seconds : float
        For how long a position may take to be closed.
    pause : float
        Seconds before the first new try of what failed.
    pods : Pods, optional
        Where bots answer; found at the API server without it.
    """

    def __init__(
        self,
        api: ApiServer,
        namespaces: Sequence[str],
        key: bytes,
        *,
        interval: float = _INTERVAL,
        close_seconds: float = _CLOSE_SECONDS,
        pause: float = 1.0,
        pods: Pods | None = None,
    ) -> None:
        self._namespaces = tuple(namespaces)
        self._resources, self._pods = Resources(api), pods or InCluster(api, namespaces, key)
        self._interval, self._close_seconds, self._pause = interval, close_seconds, pause

    @property
    def kind(self) -> str:
        """Say where bots live."""
        return "cluster"

    @property
    def place(self) -> str:
        """Name the namespaces."""
        return ", ".join(self._namespaces) or "all namespaces"

    async def begin(self) -> None:
        """Begin to follow the bots."""
        self._http = BotHttp(largest=_LARGEST_ANSWER)
        self._following = Following(
            self._resources, self._pods, self._http, self._namespaces, self._interval, self._pause
        )
        self._halting = Halting(self._following, self._resources, self._http, self._close_seconds)
        await self._following.begin()

    async def close(self) -> None:
        """Let go of the bots, which go on; the API server's connections are whose who made them."""
        await self._following.close()
        await self._http.close()

    # -- seen ----------------------------------------------------------------------------------------------------

    def fleet(self) -> Sequence[Entry]:
        """Return all bots, by name."""
        return self._following.published.fleet

    def entry(self, name: str) -> Entry:
        """Return one of them."""
        entry = self._following.published.get(name)
        if entry is None:
            raise _unknown(name)
        return entry

    @property
    def version(self) -> int:
        """Count the changes that `fleet` has seen."""
        return self._following.published.version

    async def changed(self, since: int) -> int:
        """Wait until `version` is another."""
        return await self._following.published.changed(since)

    async def status(self, name: str) -> Mapping[str, Any]:
        """Return what a bot says of itself."""
        found = self._found(name)
        at = self._following.at(found.key)
        if at is None:
            raise _silent(found)
        status: Mapping[str, Any] = told_clean(await status_of(self._http, replace(at, name=name)))
        return status

    async def trades(self, name: str) -> Sequence[Trade]:
        """Return its trades."""
        return read_trades(await self._ask(name, "/trades"), name)

    async def curve(self, name: str, points: int) -> Sequence[Mapping[str, Any]]:
        """Return its equity and drawdown in all."""
        return _rows(await self._ask(name, "/curve", points=points), name)

    async def bars(self, name: str, limit: int) -> Mapping[str, Any]:
        """Return its last bars; none of one that does not run."""
        found = self._found(name)
        if self._following.at(found.key) is None:
            return {"interval": found.known.interval, "bars": []}
        told = await self._ask(name, "/bars", limit=limit)
        if not isinstance(told, dict) or not isinstance(told.get("bars"), list):
            raise _no_bot(name)
        return told

    async def orders(self, name: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return its last orders."""
        return _rows(await self._ask(name, "/orders", limit=limit), name)

    async def events(self, name: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """Return what happened to it."""
        return _rows(await self._ask(name, "/events", limit=limit), name)

    async def log_tail(self, name: str, lines: int) -> Sequence[str]:
        """Return the last lines of its log; of one that does not answer, where its log is."""
        key = self._found(name).key
        where = f"read it by: kubectl --namespace {key[0]} logs statefulset/{key[1]} --tail={lines}"
        at = self._following.at(key)
        if at is None:
            return [f"{name} has no pod that runs; of one that fails {where}"]
        try:
            query = [("lines", str(lines))]
            told = await self._http.ask("GET", f"{at.url}/logs", name, token=at.token, query=query)
            return [told_clean(line) for line in read_log(told, name)]
        except BotUnreachableError as error:
            return [f"{error}; {where}"]

    # -- its document --------------------------------------------------------------------------------------------

    async def document(self, name: str) -> Written:
        """Return its document."""
        return await documents.read(self._resources, self._key(name))

    async def create(self, name: str, text: str, who: Who, *, secret: str | None = None) -> Entry:
        """Make a bot that is suspended; `secret` names the Secret with its credentials, its own name by default."""
        key = new_key(name, self._namespaces)
        self._following.take(await documents.create(self._resources, key, text, secret))
        return self.entry(".".join(key))

    async def save(self, name: str, text: str, version: str, who: Who) -> Written:
        """Replace its document; the operator replaces the pod of one that runs, as its update policy says."""
        body = await documents.save(self._resources, self._key(name), text, version)
        self._following.take(body)
        return documents.written(body)

    # -- what is done to it --------------------------------------------------------------------------------------

    async def start(self, name: str, who: Who) -> None:
        """Let it run."""
        await self._suspend(self._found(name).key, suspend=False)

    async def stop(self, name: str, position: OnLeaving, who: Who) -> None:
        """Suspend it, and close its position before where that is asked."""
        key = self._found(name).key
        if position is OnLeaving.CLOSE:
            await self._halting.sell_out(key, who)
        await self._suspend(key, suspend=True)

    async def restart(self, name: str, who: Who) -> None:
        """Have the operator replace its pod, its position kept."""
        key = self._found(name).key
        mark = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        self._following.take(await self._resources.merge(key, {"metadata": {"annotations": {RESTART: mark}}}))

    async def halt(self, name: str, mode: HaltMode, reason: str, who: Who) -> None:
        """Let it make no entries until it is resumed."""
        await self._halting.halt(self._found(name).key, mode, reason, who)

    async def resume(self, name: str, who: Who) -> None:
        """Let it make entries again."""
        await self._halting.resume(self._found(name).key, who)

    async def delete(self, name: str, position: OnLeaving, who: Who) -> None:
        """Delete the resource; the operator closes the position before where that is asked."""
        key = self._found(name).key
        await leaving.delete(self._resources, key, position)
        await self._following.settle(key, lambda found: found is None or found.leaving)

    # -- within --------------------------------------------------------------------------------------------------

    async def _suspend(self, key: Key, *, suspend: bool) -> None:
        self._following.take(await self._resources.merge(key, {"spec": {"suspend": suspend}}))

    async def _ask(self, name: str, path: str, **query: int) -> Any:
        found = self._found(name)
        at = self._following.at(found.key)
        if at is None:
            raise _silent(found)
        asked = [(key, str(value)) for key, value in query.items()]
        return told_clean(await self._http.ask("GET", at.url + path, name, query=asked))

    def _found(self, name: str) -> Found:
        found = self._following.found(self._key(name))
        if found is None:
            raise _unknown(name)
        return found

    def _key(self, name: str) -> Key:
        key = key_of(name)
        if key is None or (self._namespaces and key[0] not in self._namespaces):
            raise _unknown(name)
        return key


def _unknown(name: str) -> NoSuchBotError:
    return NoSuchBotError(f"there is no bot {name[:104]!a} here")


def _silent(found: Found) -> BotUnreachableError:
    if found.suspended:
        return BotUnreachableError(
            f"{found.name} is suspended, and its journal lies on its volume: start it to see this"
        )
    return BotUnreachableError(
        f"{found.name} has no pod that runs: see why by kubectl --namespace {found.key[0]} describe tradingbot "
        f"{found.key[1]}"
    )


def _no_bot(name: str) -> BotUnreachableError:
    return BotUnreachableError(f"what answers as {name} is no bot of ours")


def _rows(told: Any, name: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise _no_bot(name)
    return told
