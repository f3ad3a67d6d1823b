"""The product with one mistake in it each: what these seeds must find, or they find nothing."""

from datetime import timedelta

MUTANT = "KILLS_MUTANT"
"""The environment variable that names the mistake which a bot is to have."""

MUTANTS = (
    "sends_before_it_is_journalled",
    "resends_without_asking",
    "forgets_at_a_restart_what_was_booked",
    "sells_while_the_stop_rests",
    "books_every_report_as_new",
    "takes_absence_for_final_at_once",
    "settles_nothing_at_a_start",
)


def apply(name: str) -> None:
    """Make a mistake in this process, until its end."""
    # Costs time, and is of no use to a bot without a mistake.
    import pytest

    from adapters.binance.broker import BinanceBroker
    from bots.running import settling
    from tests.simulation import mutants

    patch = pytest.MonkeyPatch()
    if name == "takes_absence_for_final_at_once":
        patch.setattr(BinanceBroker, "absent_is_final_after", timedelta(0))
    elif name == "settles_nothing_at_a_start":

        async def settle(*_: object) -> list[object]:
            return []

        patch.setattr(settling, "settle", settle)
    else:
        mutants.MUTANTS[name](patch)
