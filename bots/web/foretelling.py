"""The sentences by which people are told what an action will do to one bot. Pure.

What is said here is what the bot does; see docs/run.md on stopping, docs/operate.md on halts, docs/deploy.md on
suspending and deleting in a cluster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from adapters.instrument import split_symbol
from bots.seen.columns import figure, money
from bots.seen.rows import Row, State
from bots.trading.halts import STRATEGY_HALT
from bots.trading.risk import DRAWDOWN_LIMIT

# A bot in a cluster that trades live and is on paper for now; what it holds at the venue is real all the same.
_LIVE = ("live", "fallback")
_CANNOT_SELL = "It does not run, and so cannot sell: start it before, or keep its position."
_UNSURE = (State.NO_ANSWER, State.ASKING, State.NOT_ALIVE)


def is_live(row: Row) -> bool:
    """Say whether a bot's orders leave for a venue."""
    return row.mode in _LIVE


def may_hold(row: Row) -> bool:
    """Say whether a bot has a position, or may have one of which nothing is known."""
    return row.position is None or row.position != 0


def may_run(row: Row, *, in_cluster: bool) -> bool:
    """Say whether a bot runs, or may run: of most states that is only known of itself."""
    # At home a bot that cannot be read has no process; in a cluster its pod goes on with what it had.
    return row.state is not State.STOPPED and (in_cluster or row.state is not State.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Foretold:
    """Tells of one bot.

    Parameters
    ----------
    row : Row
        How it is.
    stops : sequence of Decimal, optional
        Where stops of it rest at its venue; None where that is not known.
    in_cluster : bool
        Whether it lives in a cluster.
    """

    row: Row
    stops: Sequence[Decimal] | None
    in_cluster: bool

    @property
    def runs(self) -> bool:
        """Whether it runs, or may run."""
        return may_run(self.row, in_cluster=self.in_cluster)

    def start(self) -> list[str]:
        """Tell what a start does."""
        goes_on = self.row.trades is not None
        said = [
            f"It {'goes on from its journal' if goes_on else 'begins'}, with its indicators warmed up from past bars; "
            "it may trade within a bar."
        ]
        if self.row.position:
            said.append(
                f"It takes up its position of {self._size()} again; if its exit or a stop was reached meanwhile, it "
                "sells at the present price."
            )
        if self.row.detail.startswith("halted: "):
            said.append("It is halted, and makes no entries until it is resumed.")
        return said

    def stop(self, *, sold: bool) -> list[str]:
        """Tell what a stop does."""
        if not self.runs:
            # It should run and does not; from now on it need not.
            held = [_CANNOT_SELL] if sold else self._kept_until("the bot runs again")
            return ["It does not run now, and will not be expected to run any more.", *held]
        said = self._sold_before("stops") if sold else self._kept_until("the bot runs again")
        if not sold:
            said.append(
                "An order on its way is waited for, for seconds only; what became of it is looked up at the next start."
            )
        said.append(
            "The resource is suspended: its pod ends, its volume with the journal stays."
            if self.in_cluster
            else "Its process ends; its document and its journal stay."
        )
        return [*said, *self._on_paper("is closed on paper when it starts again")]

    def restart(self) -> list[str]:
        """Tell what a restart does."""
        said = self._kept_until("the bot is up again")
        said.append(
            "Its pod is replaced, which takes a minute or less; where its update policy is OnFlat, not before it holds "
            "nothing."
            if self.in_cluster
            else "It is started with its document as it is now."
        )
        if may_hold(self.row):
            said.append("If its document was changed, the position follows the new rules.")
        return [*said, *self._on_paper("is closed on paper")]

    def halt(self, *, withdraws: bool) -> list[str]:
        """Tell what a halt does that does not sell."""
        said = ["It goes on running and makes no entries until it is resumed, also after a restart."]
        live = is_live(self.row)
        if withdraws and live:
            said.append("Every order of it is taken back from the venue, stops too.")
        if may_hold(self.row):
            what = f"Its position of {self._size()}" if self.row.position else "A position, if it has one,"
            if withdraws:
                works_on = "its exits work on, and the bot watches its stops itself, only as long as it runs"
            else:
                works_on = f"its exits and stops work on{', and orders at the venue stay there' if live else ''}"
            said.append(f"{what} is kept; {works_on}.")
        return said

    def resume(self) -> list[str]:
        """Tell what it means to resume it."""
        said = [f"It may make entries again, {'from its next bar on' if self.runs else 'once it is started'}."]
        if DRAWDOWN_LIMIT in self.row.detail:
            said.append("The drawdown that halted it is counted anew from here.")
        if STRATEGY_HALT in self.row.detail:
            said.append("Its strategy is asked again; if it fails once more, the bot is halted again.")
        if may_hold(self.row):
            said.append("What it holds by then stays open, with its exits and stops.")
        return said

    def close(self) -> list[str]:
        """Tell what it means to close its position."""
        what = f"Its position of {self._size()} is" if self.row.position else "Everything that it has open is"
        return [
            f"{what} sold at the market, at once; while that cannot be done, it is tried again.",
            *self._taken_back(),
            "The bot goes on running, halted: it makes no entries until it is resumed.",
        ]

    def delete(self, *, sold: bool) -> list[str]:
        """Tell what it means to delete it."""
        if sold and not self.runs and not self.in_cluster:
            return [_CANNOT_SELL]
        said = ["It runs once more, to sell."] if sold and not self.runs else []
        said += self._sold_before("is deleted") if sold else self._left_behind()
        if self.in_cluster:
            said.append("The resource is removed, and its document with it.")
            said.append(
                "Its volume with the journal stays, and a new bot of its name goes on from there, unless "
                "`storage.onDelete` is Delete."
            )
        else:
            said.append("Its document is put aside, into the folder `.deleted` beside it.")
            said.append("Its journal stays: a new bot of its name goes on from there.")
        return [*said, *self._on_paper("is given up with it")]

    # -- the position, and the stop that rests at its venue --------------------------------------------------------

    def _kept_until(self, when: str) -> list[str]:
        if not may_hold(self.row):
            return ["It holds nothing."]
        known = f"Its position of {self._size()}" if self.row.position else "What it holds, which is not known,"
        known = f"{known} is kept."
        alone = f"nobody watches the position until {when}"
        if not is_live(self.row):
            return [known, f"{alone[0].upper()}{alone[1:]}."]
        if self.stops is None:
            return [known, f"A stop that rests at the venue stays there and may sell; besides it, {alone}."]
        if not self.stops:
            return [known, f"No stop of it rests at the venue: {alone}."]
        return [known, f"{self._stops()} stays at the venue and may sell; besides it, {alone}."]

    def _left_behind(self) -> list[str]:
        if not may_hold(self.row):
            return ["It holds nothing."]
        what = f"Its position of {self._size()}" if self.row.position else "What it holds, which is not known,"
        if not is_live(self.row):
            return [f"{what} stays in its journal only, and nobody watches it any more."]
        said = [f"{what} stays on the account, and nobody watches it any more."]
        if self.stops is None:
            said.append("A stop that rests at the venue stays there and may still sell.")
        elif self.stops:
            said.append(f"{self._stops()} stays at the venue and may still sell.")
        return said

    def _sold_before(self, then: str) -> list[str]:
        what = f"Its position of {self._size()} is" if self.row.position else "Whatever it has open is"
        return [
            f"{what} sold at the market first, and the bot {then} once it holds nothing.",
            *self._taken_back(),
            "While it cannot sell, it goes on running, halted, and goes on trying.",
        ]

    def _taken_back(self) -> list[str]:
        if not is_live(self.row) or (self.stops is not None and not self.stops):
            return []
        stop = f"{self._stops()} is taken back from the venue" if self.stops else "A stop at the venue is taken back"
        return [f"{stop} before that."]

    def _stops(self) -> str:
        prices = " and ".join(figure(price) for price in self.stops or ())
        return f"Its stop at {prices}"

    def _size(self) -> str:
        row = self.row
        said = f"{figure(row.position)} {split_symbol(row.symbol)[0]}".strip()
        if row.position is not None and row.price is not None:
            said += f" ({money(row.position * row.price)} {row.currency})".replace(" )", ")")
        # Whoever does not answer may hold something else by now.
        return f"{said}, as it was last heard," if row.state in _UNSURE else said

    def _on_paper(self, fate: str) -> list[str]:
        if self.row.state is not State.FALLBACK and self.row.mode != "fallback":
            return []
        return [f"Its broker is away; what it has open on paper meanwhile {fate}."]
