"""Changes that wait for a press on a button: each once, for a minute, and by the chat that asked. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from bots.notify.commands.reading import Command

LASTS_SECONDS = 60.0
_MOST_WAITING = 100
_YES, _NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that was asked for."""

    command: Command
    chat: int
    until: float


class Answer(NamedTuple):
    """A change, and whether it is meant."""

    command: Command
    meant: bool


@dataclass(slots=True)
class Confirmations:
    """Those that wait.

    Parameters
    ----------
    make_key : callable
        Makes what cannot be guessed and was never made before.
    """

    make_key: Callable[[], str]
    _waiting: dict[str, Waiting] = field(default_factory=dict)

    def ask(self, command: Command, chat: int, now: float) -> dict[str, str]:
        """Let a change wait, and return its buttons: their labels, and what a press on them says."""
        for key in [key for key, waiting in self._waiting.items() if now >= waiting.until]:
            del self._waiting[key]
        while len(self._waiting) >= _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        key = self.make_key()
        self._waiting[key] = Waiting(command, chat, now + LASTS_SECONDS)
        return {f"Yes, {command.name}": f"{key}:{_YES}", "No": f"{key}:{_NO}"}

    def press(self, said: str, chat: int, now: float) -> Answer | str:
        """Return the change that a press answers, or a sentence that says why it answers none."""
        key, _, answer = said.partition(":")
        waiting = self._waiting.get(key)
        if waiting is not None and waiting.chat != chat:
            return "only the chat that asked can answer"
        if waiting is None or now >= waiting.until or answer not in (_YES, _NO):
            self._waiting.pop(key, None)
            return "this question is no longer open, nothing was changed: ask again"
        del self._waiting[key]
        return Answer(waiting.command, answer == _YES)
