"""One backtest, as it is kept and shown."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self


class State(StrEnum):
    """How far a backtest is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self in (State.DONE, State.FAILED)


@dataclass(frozen=True, slots=True)
class Backtest:
    """One backtest.

    Parameters
    ----------
    id : str
        Names it here and in addresses.
    bot : str
        Whose document was traded, or what a draft shall be called.
    bars : str
        On which bars, in words.
    who : str
        Who has started it.
    asked : float
        When, in seconds since 1970.
    state : State
        How far it is.
    line : str
        What there is to say about that, in a line: why it has failed, say, or what is doubtful.
    brought : str
        What it brought, in a few words.
    seconds : float
        How long it has run, once it is over.
    """

    id: str
    bot: str
    bars: str
    who: str
    asked: float
    state: State = State.WAITING
    line: str = ""
    brought: str = ""
    seconds: float = 0.0

    def now(self, state: State, line: str = "", seconds: float = 0.0, brought: str = "") -> Self:
        """Return it as it is from now on."""
        return replace(self, state=state, line=line, seconds=seconds, brought=brought)

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it again.

        Raises
        ------
        ValueError
            If this is none.
        """
        values = json.loads(text)
        if not isinstance(values, Mapping):
            raise ValueError("is no object")
        try:
            kept: dict[str, Any] = {name: values[name] for name in cls.__slots__}
            return cls(**kept | {"state": State(kept["state"])})
        except (KeyError, TypeError) as error:
            raise ValueError("is no backtest") from error
