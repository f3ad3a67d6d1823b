"""What is being done to bots at this moment: whoever clicks twice does it once."""

from collections.abc import Iterator
from contextlib import contextmanager

from bots.web.bots import Who
from strategies.errors import NotNowError


class UnderWay:
    """Knows what is being done to which bot, and by whom."""

    def __init__(self) -> None:
        self._doing: dict[tuple[str, str], Who] = {}

    @contextmanager
    def once(self, bot: str, deed: str, words: str, who: Who) -> Iterator[None]:
        """Do something to a bot inside, unless the same is being done to it.

        Parameters
        ----------
        bot, deed : str
            What is done to which bot; another deed may be done at the same time.
        words : str
            The deed in the passive, for people: `be stopped`.
        who : Who
            Who does it.

        Raises
        ------
        NotNowError
            If it is being done already.
        """
        key = (bot, deed)
        if key in self._doing:
            done = words.replace("be ", "being ", 1)
            raise NotNowError(f"{bot} is {done} already, as {self._doing[key]} asked: wait until that has ended")
        self._doing[key] = who
        try:
            yield
        finally:
            del self._doing[key]
