"""Replies about what may be asked, what is written down, and what was changed. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bots.notify.commands.reading import MENU, Command
from bots.notify.commands.replies import Reply, Status, head, short, state
from bots.trading.halts import HaltMode

LOG_LINES = 20
# A message is cut at its end, and of a log the end is what matters.
_LONGEST_LOG, _LONGEST_LOG_LINE = 3500, 300


def document_reply(name: str, document: Mapping[str, Any]) -> Reply:
    """Return a bot's document as far as it was written; the rest is as docs/document.md says."""
    return Reply(f"{name}: its document", block=json.dumps(document, indent=1, ensure_ascii=False))


def logs_reply(name: str, lines: Sequence[str]) -> Reply:
    """Return the end of a log; of too much the end of the end."""
    if not lines:
        return Reply(f"{name}: its log is empty")
    room, kept = _LONGEST_LOG, list[str]()
    for line in reversed(lines):
        line = line[:_LONGEST_LOG_LINE]
        # As many units as Telegram can count in it at most.
        room -= len(line.encode("utf-16-le", "replace")) // 2 + 1
        if room < 0:
            break
        kept.insert(0, line)
    return Reply(f"{name}: the last {len(kept)} lines of its log", block="\n".join(kept))


def version_reply(statuses: Iterable[tuple[str, Status | str]], version: str) -> Reply:
    """Return which version answers, and which version each bot has."""
    lines = [f"{name}: {told if isinstance(told, str) else told['version']}" for name, told in statuses]
    return Reply(f"tradingbot {version}", short(lines))


def help_reply(names: Sequence[str]) -> Reply:
    """Return which commands there are."""
    lines = [f"/{name}: {about}" for name, about in MENU.items()]
    modes = ", ".join(HaltMode)
    example = names[0] if names else "0001"
    return Reply(
        "Commands",
        (
            *lines,
            "",
            f"A bot is named after the command: /status {example}. With one bot its name may be left out; /halt, "
            "/resume and /close take `all`, too.",
            f"/halt takes a mode, too: {modes}. /daily, /trades and /logs take a number.",
        ),
    )


def question_reply(command: Command, statuses: Mapping[str, Status | str], buttons: Mapping[str, str]) -> Reply:
    """Ask whether a change is really meant, and say what it would touch."""
    whose = command.bots[0] if len(command.bots) == 1 else f"all {len(command.bots)} bots"
    lines = []
    for name, status in statuses.items():
        if isinstance(status, str):
            lines.append(f"{name}: {status}")
            continue
        quantity, worth = status["position"]["quantity"], status["position"]["value"]
        held = f"holds {quantity:.12g}, worth {worth:.2f} {status['broker_status']['currency']}" if quantity else "flat"
        lines.append(f"{head(status)}: {state(status)}, {status['symbol']}, {held}")
    return Reply(f"{_asked(command)} {whose}?", (_MEANS[_mode(command)], *short(lines)), buttons=buttons)


def _mode(command: Command) -> HaltMode | None:
    if command.name == "resume":
        return None
    return HaltMode.CLOSE_POSITIONS if command.name == "close" else command.mode or HaltMode.BLOCK_ENTRIES


def _asked(command: Command) -> str:
    return {"close": "Close and halt", "resume": "Resume"}.get(command.name, f"Halt ({_mode(command)})")


_MEANS = {
    None: "It makes entries again.",
    HaltMode.BLOCK_ENTRIES: "No entries until it is resumed; positions are kept, exits and stops work on.",
    HaltMode.CANCEL_ORDERS: "No entries until it is resumed; its orders are taken back, stops too. Positions are kept.",
    HaltMode.CLOSE_POSITIONS: "Everything is sold at the market, and no entries are made until it is resumed.",
}


def halt_mode(command: Command) -> HaltMode:
    """Return the mode that a halt or a close asks for."""
    return _mode(command) or HaltMode.BLOCK_ENTRIES


def done_reply(command: Command, told: Mapping[str, Mapping[str, Any] | str]) -> Reply:
    """Say what stands after a change, first where it was not made; a text is why."""
    failed = [f"{name}: NOT DONE: {why}" for name, why in told.items() if isinstance(why, str)]
    done = [_standing(name, each) for name, each in told.items() if not isinstance(each, str)]
    whose = command.bots[0] if len(command.bots) == 1 else f"{len(command.bots)} bots"
    outcome = "NOT DONE" if not done else f"done, but not for {len(failed)}" if failed else "done"
    return Reply(f"/{command.name} {whose}: {outcome}", short([*failed, *done]))


def _standing(name: str, standing: Mapping[str, Any]) -> str:
    halt, position, orders = standing["halt"], standing["position"], standing["open_orders"]
    stands = f"halted ({halt['mode']}): {halt['detail']}" if halt else "may make entries"
    held = f"holds {position:.12g}" if position else "flat"
    open_orders = f", {len(orders)} orders open" if orders else ""
    return f"{name}: {stands}; {held}{open_orders}"
