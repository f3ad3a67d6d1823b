"""What the bot decides and owns, as values: no clock, no network, no Nautilus, no database."""
