"""Questions on their way to a gateway, and what comes in answer to them until the last piece is there."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from adapters.ibkr.codes import Trouble
from strategies.errors import VenueLostError


@dataclass(frozen=True, slots=True)
class Answer:
    """What came in answer to a question, or the trouble instead of it."""

    items: tuple[Any, ...] = ()
    trouble: Trouble | None = None


@dataclass(slots=True)
class Question:
    """A question on its way."""

    answer: "asyncio.Future[Answer]"
    items: list[Any] = field(default_factory=list)


class Questions:
    """Open questions by their number, or by their kind where the wire gives them none."""

    def __init__(self) -> None:
        self._open: dict[int | str, Question] = {}

    def __contains__(self, key: int | str) -> bool:
        return key in self._open

    def ask(self, key: int | str) -> "asyncio.Future[Answer]":
        """Begin to collect what comes for a question."""
        question = Question(asyncio.get_running_loop().create_future())
        self._open[key] = question
        return question.answer

    def forget(self, key: int | str) -> None:
        """Stop collecting: nobody waits any more."""
        self._open.pop(key, None)

    def give_up(self, why: str) -> None:
        """Tell everybody who waits that no answer comes: the connection is gone."""
        for question in self._open.values():
            if not question.answer.done():
                question.answer.set_exception(VenueLostError(why))
        self._open.clear()

    def add(self, key: int | str, item: Any) -> None:
        """Take a piece of an answer."""
        if key in self._open:
            self._open[key].items.append(item)

    def end(self, key: int | str, trouble: Trouble | None = None) -> None:
        """Take the last piece, or trouble instead of it."""
        question = self._open.pop(key, None)
        if question is not None and not question.answer.done():
            question.answer.set_result(Answer(tuple(question.items), trouble))

    def end_all(self, trouble: Trouble) -> None:
        """Take trouble for the end of every question."""
        for key in tuple(self._open):
            self.end(key, trouble)
