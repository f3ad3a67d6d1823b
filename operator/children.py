"""Applying a bot's children, the StatefulSet last: it carries the mark that all the others are as they should be."""

from api import Api, first_line
from bots.resource.keys import token_for
from bots.resource.names import APPLIED, LAST_WORDS
from desired import Desired
from plan import removal_awaited
from resources import (
    MANAGED,
    Manifest,
    Setup,
    build_claim,
    build_config_map,
    build_network_policy,
    build_service,
    build_stateful_set,
    build_token_secret,
    claim_name,
)
from seen import Key, set_seen
from status import Step
from strategies.errors import ClusterRefusedError
from troubles import Trouble


class Children:
    """Applies what resources.py builds.

    Parameters
    ----------
    api : Api
        Where to.
    setup : Setup
        What all bots share.
    key : bytes
        The operator's own, for the bots' tokens.
    """

    def __init__(self, api: Api, setup: Setup, key: bytes) -> None:
        self._api, self._setup, self._key = api, setup, key

    def token(self, bot: Key) -> str:
        """Return the token of a bot's changing API."""
        return token_for(bot, self._key)

    async def present(self, bot: Key, uid: str) -> tuple[Manifest | None, Step | None]:
        """Return the StatefulSet that is really there, and what has to be waited for before there can be ours.

        Raises
        ------
        ClusterRefusedError
            If it is somebody else's.
        """
        body = await self._api.get("StatefulSet", *bot)
        if body is None:
            return None, None
        labels = body["metadata"].get("labels") or {}
        if not MANAGED.items() <= labels.items():
            told = f"a StatefulSet {bot.name} that is not this operator's is there already: rename one of them"
            raise ClusterRefusedError(409, "NameTaken", told)
        if set_seen(body).owner not in (None, uid):
            return None, removal_awaited()
        return body, None

    async def apply(self, desired: Desired, replicas: int, *, force: bool) -> Manifest:
        """Apply all but the claim; return the StatefulSet. Without `force` what others have set is not overwritten."""
        await self.apply_small(desired, force=force)
        return await self._api.apply(build_stateful_set(desired, self._setup, replicas), force=force)

    async def mark(self, desired: Desired) -> Manifest:
        """Mark a StatefulSet whose pod nothing has changed about as being as it should be."""
        patch = {"metadata": {"annotations": {APPLIED: desired.applied}}}
        return await self._api.patch("StatefulSet", desired.namespace, desired.name, patch)

    async def apply_small(self, desired: Desired, *, force: bool) -> None:
        """Apply those that are cheap to apply again, should somebody have removed one."""
        await self.apply_token(desired, force=force)
        await self._api.apply(build_config_map(desired), force=force)
        await self._api.apply(build_service(desired), force=force)
        await self._api.apply(build_network_policy(desired, self._setup), force=force)

    async def apply_token(self, desired: Desired, *, force: bool) -> None:
        """Apply the Secret with the bot's token."""
        token = self.token(Key(desired.namespace, desired.name))
        await self._api.apply(build_token_secret(desired, token), force=force)

    async def scale(self, bot: Key, replicas: int, last_words: str | None) -> Manifest:
        """Start a bot's pod, or stop it and note in the same breath what the bot held."""
        patch = {"metadata": {"annotations": {LAST_WORDS: last_words}}, "spec": {"replicas": replicas}}
        return await self._api.patch("StatefulSet", *bot, patch)

    async def journal_is_new(self, bot: Key, made: str) -> bool:
        """Say whether a bot that was made then has a journal of its own, and not one that an earlier bot has left."""
        claim = await self._api.get("PersistentVolumeClaim", bot.namespace, claim_name(bot.name))
        return claim is None or str(claim["metadata"]["creationTimestamp"]) >= made

    async def claim_is_leaving(self, bot: Key) -> bool:
        """Say whether a volume claim of an earlier bot of this name is on its way out."""
        claim = await self._api.get("PersistentVolumeClaim", bot.namespace, claim_name(bot.name))
        return claim is not None and "deletionTimestamp" in claim["metadata"]

    async def claim(self, desired: Desired) -> Trouble | None:
        """Make the volume claim as it should be, or say why an existing one stays as it is; the bot is not touched."""
        manifest = build_claim(desired)
        there = await self._api.get("PersistentVolumeClaim", desired.namespace, claim_name(desired.name))
        if there is not None and _same_claim(there, manifest):
            return None
        ours = there is not None and MANAGED.items() <= (there["metadata"].get("labels") or {}).items()
        try:
            await self._api.apply(manifest, force=ours)
        except ClusterRefusedError as error:
            if there is None or not ours:
                raise
            return Trouble("StorageRefused", f"the volume stays as it is, check spec.storage: {first_line(error)}")
        return None


def _same_claim(there: Manifest, wanted: Manifest) -> bool:
    owners = [owner["uid"] for owner in there["metadata"].get("ownerReferences") or ()]
    wanted_owners = [owner["uid"] for owner in wanted["metadata"].get("ownerReferences") or ()]
    asked = wanted["spec"].get("storageClassName")
    return (
        there["spec"]["resources"]["requests"].get("storage") == wanted["spec"]["resources"]["requests"]["storage"]
        and owners == wanted_owners
        and asked in (None, there["spec"].get("storageClassName"))
        and MANAGED.items() <= (there["metadata"].get("labels") or {}).items()
    )
