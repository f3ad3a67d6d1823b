"""What saving a document will do to its bot, said before it is done. Pure."""

from bots.seen.rows import State
from bots.web.bots import Entry

_IDLE = (State.STOPPED,)


def what_saving_does(entry: Entry | None, kind: str, mode: str) -> list[str]:
    """Return sentences: for a bot that there is, or for one that is made (None)."""
    if entry is None:
        made = "The bot is made and does not run yet: start it when you are ready."
        return [made, _LIVE] if mode == "live" else [made]
    said = []
    if entry.row.mode == "paper" and mode == "live":
        said.append("It traded on paper, and will trade with real money from its next start on.")
    elif entry.row.mode == "live" and mode == "paper":
        said.append(
            "It traded live, and will trade on paper from its next start on: nobody watches what it still holds."
        )
    if not entry.wanted and entry.row.state in _IDLE:
        said.append("It does not run: it takes the new document when it is started.")
    elif kind == "cluster":
        said.append(
            "It runs: the operator replaces its pod at once and its position is kept, or, with updatePolicy OnFlat, as "
            "soon as it holds nothing."
        )
    else:
        said.append("It runs, and goes on with the old document until it is restarted; its position is kept then.")
    if mode == "live":
        said.append(_LIVE)
    return said


_LIVE = "This document trades live: real money, unless its account is one for practice."
