"""What can go wrong inside a bot, as `troubled_bot.py` is told."""

NO_NAMES = "no name can be resolved"
FAILS_ONCE = "the strategy fails once"
FAILS = "the strategy fails"
READ_ONLY = "the journal is read-only"
