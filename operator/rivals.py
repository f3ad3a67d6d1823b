"""Two bots with real orders on one account and symbol would sell each other's position: only one may."""

from seen import Key
from world import World

# Later than any object that is there: made already comes before asked for.
_NOT_YET = "9"


class Rivals:
    """Gives an account and symbol to one bot of a namespace, for as long as it has or is about to have a pod there.

    What has a pod is read from the cluster: from StatefulSets and pods, which say what they trade whatever their bot's
    document has come to say since, and also when their bot is gone. What is about to have one is remembered here, since
    two bots are reconciled side by side.

    Parameters
    ----------
    world : World
        What the watches have shown.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._claims: dict[Key, str] = {}

    def forget(self, key: Key) -> None:
        """Take back what a bot was given and does not ask for any more."""
        self._claims.pop(key, None)

    def claim(self, key: Key, account: str) -> str | None:
        """Give a bot an account, or return the name of the bot that has it.

        Of two that trade there already, which only a crash in the middle of this can bring about, the older stays.
        """
        self.forget(key)
        if not account:
            return None
        since: dict[Key, str] = {}
        for holder, seen in self._world.holders(key.namespace):
            if seen.account == account:
                since[holder] = min(seen.created, since.get(holder, _NOT_YET))
        for holder, claimed in self._claims.items():
            if holder.namespace == key.namespace and claimed == account:
                since.setdefault(holder, _NOT_YET)
        first = min(since, key=lambda holder: (since[holder], holder.name), default=key)
        if first != key:
            return first.name
        self._claims[key] = account
        return None
