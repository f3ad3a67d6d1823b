"""Indicators, one update a bar, at a cost that does not grow with history.

Each has `warm_up`, the index (from 0) of the first bar on which a rule may use it, and attributes that are NaN until
they have a value: NaN fulfils no comparison, so that an unready indicator never signals.

What depends on a window is computed from the window alone, never by adding the new bar to and taking the old bar from
a running sum: a bot started again from its last bars must arrive at the very same value.
"""
