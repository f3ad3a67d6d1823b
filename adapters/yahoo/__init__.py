"""Yahoo Finance as a source of bars: no key, no orders, and for many exchanges no present prices either.

Prices are adjusted for splits and not for dividends, as Yahoo's charts have them. Adjusting for dividends would lower
the whole past by each one that is paid, so that a bot would see another past on every restart, and levels that were
never traded; a split, which does change the meaning of a share, is found and told (see `splits.py`).
"""
