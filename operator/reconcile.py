"""The one writer: brings one bot nearer to what was asked for, and writes down how it is.

It may be called for any bot at any time, as often as one likes; it looks at what is there, never at what has happened.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from answers import UNKNOWN, Answer
from api import Api
from bots.resource.names import FINALIZER
from children import Children
from desired import Desired, foreign_journal, shared_account, understand
from events import Told, tell
from halting import Resume, next_word, wished
from hearing import CLOSING, EVERY_SECONDS, Hearing
from keeping import Keeping
from leaving import closing_step, closing_trouble, finalizer_patch, may_leave, never_ran
from plan import Do, Move, next_move, waiting_until_flat
from rivals import Rivals
from seen import BotSeen, Key, PodSeen, SetSeen
from status import Facts, Step, condition
from strategies.errors import ClusterRefusedError, DocumentError
from troubles import Trouble, cannot_create, lasting_trouble, not_halted, not_heard, refusal, stuck_trouble
from world import World
from writing import Writer

_SOON_SECONDS = 2.0
_STARTING_SECONDS = 5.0
_TROUBLE_SECONDS = 60.0
_MOST_MOVES = 6
_FORBIDDEN = 403


class Reconciler:
    """Reconciles one bot at a time; see `__call__`.

    Parameters
    ----------
    api, world : Api and World
        The cluster, and what the watches have shown of it.
    children : Children
        Makes a bot's objects.
    hearing : Hearing
        What the bots say.
    forbidden : callable
        Called when the operator may not do what a bot needs.
    """

    def __init__(
        self, api: Api, world: World, children: Children, hearing: Hearing, forbidden: Callable[[], None]
    ) -> None:
        self._api, self._world, self._children, self._hearing = api, world, children, hearing
        self._forbidden = forbidden
        self._writer = Writer(api, world)
        self._rivals = Rivals(world)
        self.keeping = Keeping(api, world, children)
        self._replaced: dict[Key, str] = {}

    async def __call__(self, key: Key) -> float | None:
        """Bring a bot nearer to what was asked for; return when to look again, in seconds, where nothing will tell."""
        bot = self._world.bots.get(key)
        if bot is None:
            for memory in (self._hearing, self._writer, self._rivals, self.keeping):
                memory.forget(key)
            self._replaced.pop(key, None)
            return None
        desired, faults = self._understood(key, bot)
        if bot.deleting:
            return await self._leave(key, bot, desired, faults) if FINALIZER in bot.finalizers else None
        step, trouble = None, None
        try:
            await self._keep_finalizer(key, bot, desired)
            if desired is None:
                await self._scale(key, bot, 0 if bot.spec.get("suspend") is True else 1)
            else:
                step, trouble = await self._move(key, bot, desired)
            await self.keeping.remove_unused_documents(key)
        except ClusterRefusedError as error:
            trouble = refusal(error)
            if error.status == _FORBIDDEN:
                # No bot's own fault: a role that is too small, or a quota.
                self._forbidden()
        return await self._tell(key, bot, desired, faults, step, trouble)

    async def _tell(
        self,
        key: Key,
        looked_at: BotSeen,
        desired: Desired | None,
        faults: str,
        step: Step | None,
        trouble: Trouble | None,
    ) -> float | None:
        """Write down how the bot is; return when to look again."""
        bot = self._world.bots.get(key)
        if bot is None:
            return None
        if (bot.uid, bot.metadata["generation"]) != (looked_at.uid, looked_at.metadata["generation"]):
            # Changed while it was looked at: nothing is known of the new generation yet.
            return 0.0
        stateful_set, pod = self._set(key, bot), self._pod_of(key, bot)
        # Of a bot that is being stopped its last words count, and nothing that it said before.
        stopping = stateful_set is not None and stateful_set.replicas == 0
        answer = None if stopping else await self._hearing.lately(key, pod)
        answer, undelivered = await self._pass_on_halt(key, bot, pod, answer)
        if step is not None and step.phase == "WaitingUntilFlat" and answer is not None:
            step = waiting_until_flat(answer.position)
        if trouble is None:
            trouble = undelivered or await self._what_nobody_tells(key, bot, stateful_set, pod)
        facts = Facts(bot, desired, faults, stateful_set, pod, answer, step, trouble)
        again = [await self._writer.write(key, facts)]
        if stateful_set is not None and stateful_set.replicas and (pod is None or pod.deleting):
            again.append(_STARTING_SECONDS)
        if trouble is not None or desired is None:
            again.append(_TROUBLE_SECONDS)
        if (step is not None and step.soon) or undelivered is not None:
            again.append(_SOON_SECONDS)
        if pod is not None and pod.running:
            again.append(EVERY_SECONDS if pod.ready else _STARTING_SECONDS)
        return min((seconds for seconds in again if seconds is not None), default=None)

    async def _pass_on_halt(
        self, key: Key, bot: BotSeen, pod: PodSeen | None, answer: Answer | None
    ) -> tuple[Answer | None, Trouble | None]:
        """Tell a bot what its annotation asks for; return what it says then, and what stood in the way."""
        wish = wished(bot.metadata)
        if pod is None or not pod.running or pod.deleting:
            return answer, None
        if answer is None:
            return None, None if wish is None else not_halted("it does not answer")
        word = next_word(wish, answer)
        if word is None:
            return answer, None
        token = self._children.token(key)
        if isinstance(word, Resume):
            failed = await self._hearing.resume(key, pod, token)
        else:
            failed = await self._hearing.halt(key, pod, token, word)
        if failed is not None:
            return answer, not_halted(failed) if wish is not None else None
        return await self._hearing.now(key, pod), None

    async def _what_nobody_tells(
        self, key: Key, bot: BotSeen, stateful_set: SetSeen | None, pod: PodSeen | None
    ) -> Trouble | None:
        """Return a trouble that does not stand in the pod as it is at this moment."""
        if pod is None:
            waits = stateful_set is not None and stateful_set.replicas > 0
            return cannot_create(await self._writer.failed_creations(key, stateful_set)) if waits else None
        if (stuck := stuck_trouble(pod, datetime.now(UTC))) is not None:
            return stuck
        if self._hearing.is_deaf_to(key, pod):
            return not_heard(pod)
        return lasting_trouble(pod, condition(bot.status, "Degraded"))

    async def _move(self, key: Key, bot: BotSeen, desired: Desired) -> tuple[Step | None, Trouble | None]:
        """Do what is to be done, move by move; return what is still under way, and what was refused."""
        flat = None
        if desired.spec.update_policy == "OnFlat" and _differs(desired, self._world.sets.get(key)):
            flat = await self._known_flat(key, bot)
        for _ in range(_MOST_MOVES):
            move = next_move(desired, self._world.sets.get(key), self._world.pods(key), flat=flat)
            if move.do is Do.ASK_FLAT:
                flat = await self._hearing.flat_for_now(key, self._pod(key), self._children.token(key))
            elif move.do is Do.APPLY:
                waiting = await self.keeping.apply(key, desired)
                if waiting is not None:
                    return waiting, None
            elif move.do is Do.SCALE:
                await self._scale(key, bot, 0 if desired.spec.suspend else 1)
            elif move.do is Do.REPLACE and move.pod is not None:
                await self._replace(key, bot, desired, move.pod)
                return move.step, None
            else:
                return await self._settled(key, bot, desired, move)
        return Step("Updating", "what changed is being applied", soon=True), None

    async def _settled(
        self, key: Key, bot: BotSeen, desired: Desired, move: Move
    ) -> tuple[Step | None, Trouble | None]:
        await self._refresh(key, desired)
        return move.step, await self.keeping.refused_storage(key, bot, desired)

    async def _refresh(self, key: Key, desired: Desired) -> None:
        denied = key in self._hearing.refused
        self._hearing.refused.discard(key)
        await self.keeping.refresh(key, desired, self._pod(key), denied=denied)

    async def _replace(self, key: Key, bot: BotSeen, desired: Desired, pod: PodSeen) -> None:
        if self._replaced.get(key) != pod.uid:
            self._replaced[key] = pod.uid
            await tell(self._api, bot, Told("Replaced", f"the pod is replaced, configuration {desired.config_digest}"))
        await self._api.delete("Pod", key.namespace, pod.name, pod.uid)

    async def _scale(self, key: Key, bot: BotSeen, replicas: int) -> None:
        stateful_set, pod = self._set(key, bot), self._pod_of(key, bot)
        if stateful_set is None or stateful_set.replicas == replicas:
            return
        last_words = None
        if replicas == 0:
            answer = await self._hearing.last_words(key, pod, self._children.token(key)) if pod is not None else None
            # An order on its way may fill after the stop: then nobody knows what is held.
            last_words = UNKNOWN if answer is None or answer.open_orders else answer.position
        self._world.take("StatefulSet", await self._children.scale(key, replicas, last_words))
        if bot.deleting:
            return
        kept = "the pod is stopped, its position is kept"
        await tell(self._api, bot, Told("Resumed", "the pod is started") if replicas else Told("Suspended", kept))

    async def _keep_finalizer(self, key: Key, bot: BotSeen, desired: Desired | None) -> None:
        policy = bot.spec.get("deletePolicy") if desired is None else desired.spec.delete_policy
        patch = finalizer_patch(bot, closes=policy == "ClosePosition")
        if patch is not None:
            self._world.take("TradingBot", await self._api.patch("TradingBot", *key, patch))

    async def _leave(self, key: Key, bot: BotSeen, desired: Desired | None, faults: str) -> float | None:
        """See to it that a deleted bot closes its position; then let it go."""
        stateful_set, pod, refused = self._set(key, bot), self._pod_of(key, bot), None
        answer = await self._hearing.now(key, pod) if pod is not None else None
        new = "position" not in bot.status and await self._journal_is_new(key, bot)
        why = may_leave(bot, stateful_set, pod, answer, journal_is_new=new)
        if why is not None:
            patch = finalizer_patch(bot, closes=False)
            if patch is not None:
                self._world.take("TradingBot", await self._api.patch("TradingBot", *key, patch))
                await tell(self._api, bot, Told("Leaving", why))
            return None
        if desired is not None:
            await self._refresh(key, desired)
        if pod is not None and answer is not None and answer.flat and answer.halt_closes:
            # It has closed: stopped now, with last words that say so, it cannot enter again.
            await self._hearing.let_go(pod, answer, self._children.token(key))
            await self._scale(key, bot, 0)
        elif pod is not None and not pod.deleting:
            refused = await self._hearing.halt(key, pod, self._children.token(key), CLOSING)
        elif pod is None:
            # Suspended with a position: it has to run once more to close it.
            await self._scale(key, bot, 1)
        trouble = closing_trouble(bot, stateful_set, pod, refused, datetime.now(UTC))
        step = closing_step(bot, answer)
        await self._writer.write(key, Facts(bot, desired, faults, stateful_set, pod, answer, step, trouble))
        return _SOON_SECONDS

    async def _known_flat(self, key: Key, bot: BotSeen) -> bool | None:
        """Say whether a bot is flat without asking it: it never ran, or was stopped and held nothing then."""
        stateful_set, pod = self._set(key, bot), self._pod_of(key, bot)
        if stateful_set is None:
            return None
        if never_ran(bot, stateful_set, pod):
            return await self._journal_is_new(key, bot) or None
        stopped = stateful_set.replicas == 0 and pod is None
        return stateful_set.last_words == "0" if stopped else None

    async def _journal_is_new(self, key: Key, bot: BotSeen) -> bool:
        names = {variable.get("name") for variable in bot.spec.get("extraEnv") or ()}
        if bot.spec.get("secretRef") or "TRADINGBOT_JOURNAL_URL" in names:
            # The journal may lie in a database, which no volume's age tells of.
            return False
        return await self._children.journal_is_new(key, str(bot.metadata["creationTimestamp"]))

    def _understood(self, key: Key, bot: BotSeen) -> tuple[Desired | None, str]:
        """Return what was asked for, or the faults of that."""
        try:
            desired = understand(bot.metadata, bot.spec)
        except DocumentError as error:
            self._rivals.forget(key)
            return None, "; ".join(f"{fault.place}: {fault.message}" for fault in error.faults)
        pod = self._pod_of(key, bot)
        ready = pod is not None and pod.ready and pod.revision != desired.revision
        if (other := foreign_journal(desired, bot.status, ready=ready)) is not None:
            self._rivals.forget(key)
            return None, other
        # Nothing may be awaited between this and the answer above: the next bot that asks has to see it.
        if (rival := self._rivals.claim(key, desired.account)) is not None:
            return None, shared_account(rival, desired)
        return desired, ""

    def _set(self, key: Key, bot: BotSeen) -> SetSeen | None:
        """Return the bot's StatefulSet, and not one that an earlier bot of this name has left."""
        found = self._world.sets.get(key)
        return found if found is not None and found.owner in (None, bot.uid) else None

    def _pod_of(self, key: Key, bot: BotSeen) -> PodSeen | None:
        """Return the bot's pod; that of an earlier bot's StatefulSet is not it."""
        foreign = key in self._world.sets and self._set(key, bot) is None
        return None if foreign else self._pod(key)

    def _pod(self, key: Key) -> PodSeen | None:
        return min(self._world.pods(key), key=lambda pod: pod.deleting, default=None)


def _differs(desired: Desired, stateful_set: SetSeen | None) -> bool:
    return stateful_set is not None and stateful_set.revision != desired.revision
