"""The Lease by which two operators never write at the same time.

Held by renewing it: who cannot do so in good time stops writing before anybody else may begin. The library's own
election waits for its requests without a limit and would hold on through a hanging one.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api import Api
from resources import MANAGER, Manifest

LOG = logging.getLogger(MANAGER)
NAME = MANAGER
LASTS_SECONDS = 30.0
# Every request ends within ten seconds, so that a write begun while it was held is over before it lapses.
_GIVE_UP_SECONDS = 15.0
_RENEW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A Lease as it was last seen to change, by the monotonic clock of who watches: no two clocks are compared."""

    renewed: str
    since: float


def may_take(spec: Mapping[str, Any], me: str, watched: Watched | None, now: float) -> bool:
    """Say whether a Lease is free for me: nobody's, mine, or not renewed for as long as its holder said. Pure."""
    holder = spec.get("holderIdentity")
    if not holder or holder == me:
        return True
    lasts = float(spec.get("leaseDurationSeconds") or LASTS_SECONDS)
    return watched is not None and watched.renewed == (spec.get("renewTime") or "") and now - watched.since > lasts


def taken(lease: Manifest, me: str, now: datetime) -> Manifest:
    """Return a Lease as its holder writes it. Pure."""
    spec = dict(lease.get("spec") or {})
    stamp = f"{now:%Y-%m-%dT%H:%M:%S.%fZ}"
    if spec.get("holderIdentity") != me:
        spec |= {"acquireTime": stamp, "leaseTransitions": int(spec.get("leaseTransitions") or 0) + 1}
    spec |= {"holderIdentity": me, "leaseDurationSeconds": int(LASTS_SECONDS), "renewTime": stamp}
    return {**lease, "spec": spec}


class Lease:
    """Acquires and keeps the operator's Lease.

    Parameters
    ----------
    api : Api
        Where it is.
    namespace, me : str
        The operator's namespace, and this process.
    acquired, lost : callable
        Awaited when it begins to be held and when it is no longer.
    """

    def __init__(
        self,
        api: Api,
        namespace: str,
        me: str,
        acquired: Callable[[], Awaitable[None]],
        lost: Callable[[], Awaitable[None]],
    ) -> None:
        self._api, self._namespace, self._me = api, namespace, me
        self._acquired, self._lost = acquired, lost
        self._watched: Watched | None = None
        self.held = False

    async def keep(self) -> None:
        """Acquire it, renew it, and tell when it is lost; for ever."""
        renewed = 0.0
        while True:
            begun = time.monotonic()
            try:
                mine = await asyncio.wait_for(self._try(), _GIVE_UP_SECONDS - _RENEW_SECONDS)
            except Exception as error:
                # Whatever it is: who cannot renew must come to know that it no longer leads.
                LOG.warning("cannot renew the Lease %s: %s", NAME, str(error) or repr(error))
                mine = self.held and time.monotonic() - renewed < _GIVE_UP_SECONDS
            else:
                renewed = begun if mine else renewed
            if mine != self.held:
                self.held = mine
                LOG.info("%s the Lease %s", "holds" if mine else "does not hold", NAME)
                await (self._acquired() if mine else self._lost())
            await asyncio.sleep(_RENEW_SECONDS if self.held else 2.0)

    async def release(self) -> None:
        """Let the next one have it without waiting."""
        if not self.held:
            return
        lease = await self._api.get("Lease", self._namespace, NAME)
        if lease is not None and (lease.get("spec") or {}).get("holderIdentity") == self._me:
            await self._api.replace({**lease, "spec": {**lease["spec"], "holderIdentity": ""}})

    async def _try(self) -> bool:
        lease = await self._api.get("Lease", self._namespace, NAME)
        if lease is None:
            head = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease"}
            lease = {**head, "metadata": {"name": NAME, "namespace": self._namespace}}
            await self._api.create(taken(lease, self._me, datetime.now(UTC)))
            return True
        spec, now = lease.get("spec") or {}, time.monotonic()
        renewed = spec.get("renewTime") or ""
        if self._watched is None or self._watched.renewed != renewed:
            self._watched = Watched(renewed, now)
        if not may_take(spec, self._me, self._watched, now):
            return False
        # The resourceVersion that it was read with makes this fail if another has taken it meanwhile.
        await self._api.replace(taken(lease, self._me, datetime.now(UTC)))
        return True
