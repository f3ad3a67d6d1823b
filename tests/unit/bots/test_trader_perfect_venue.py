"""Whatever happens between bot and venue, and whenever the bot dies: nothing is sold twice or left unprotected."""

from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.unit.bots.trader_venue import TENTH, Bot

HAPPENINGS = (
    "bar", "bar that enters", "bar that enters", "bar that exits", "quote", "price", "price", "arrives", "arrives",
    "is refused", "is heard", "is heard", "trades", "trades", "all goes well", "all goes well", "somebody cancels",
    "close all", "dies before a write", "dies after a write", "dies",
)  # fmt: skip
MOVES = ("-0.9", "-0.35", "-0.2", "-0.1", "-0.05", "0.05", "0.1", "0.2", "0.35", "0.9")


def happen(bot: Bot, what: str, number: int) -> None:
    """Let one thing happen; `number` from 0 to 9 says how much of it."""
    venue = bot.venue
    match what:
        case "bar" | "bar that enters" | "bar that exits":
            bot.bar(enter=what == "bar that enters", leave=what == "bar that exits")
        case "quote":
            bot.quote(number)
        case "price":
            venue.price = max(venue.price + type(venue.price)(MOVES[number]) * 10, venue.price * TENTH)
        case "arrives" | "is refused":
            bot.arrive(refuse=what == "is refused")
        case "is heard":
            for _ in range(number // 3 + 1):
                bot.hear()
        case "trades":
            venue.trade(number + 1)
        case "all goes well":
            go_well(bot)
        case "somebody cancels":
            for found in list(venue.open_sells)[:1]:
                venue.end(found, "cancelled by user")
        case "close all":
            bot.do(lambda trader: trader.close_all())
        case "dies before a write" | "dies after a write":
            bot.journal.dies = what.split()[1]
        case "dies":
            bot.die(number)
    bot.check()


def go_well(bot: Bot) -> None:
    """Let everything arrive, be traded and be heard, without refusals."""
    bot.venue.trade(10)
    while bot.sent or bot.said:
        bot.arrive()
        bot.venue.trade(10)
        bot.hear()


def calm_down(bot: Bot) -> None:
    """Let all go well for so long that every try has its turn."""
    bot.journal.dies = None
    for _ in range(140):
        go_well(bot)
        bot.bar()
    go_well(bot)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 9)), min_size=20, max_size=80), st.booleans())
def test_nothing_is_sold_twice_and_all_is_sold_or_protected_in_the_end(
    happenings: list[tuple[str, int]], drops: bool
) -> None:
    bot = Bot(drops=drops)
    bot.bar(enter=True)
    go_well(bot)
    for what, number in happenings:
        happen(bot, what, number)
    calm_down(bot)
    event(f"trades: {min(bot.trader.book.closed, 3)}, deaths: {min(bot.deaths, 3)}")
    bot.check_at_rest()
