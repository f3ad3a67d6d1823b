"""Parts of the pages of backtests."""

from bots.web.backtests.bars import MADE, OWN, Offered
from bots.web.console import Console

USUAL = "usual"


def bars_to_choose(console: Console) -> list[Offered]:
    """Return the bars to choose from, of whatever bot."""
    return [
        Offered(USUAL, "What suits the document"),
        Offered(MADE, "Simulated market (made from the document's seed)"),
        Offered(OWN, "The document's own file (data.file)"),
        *console.backtests.offered(),
    ]
