"""Backtests that people start in the browser: each in a process of its own, kept for a while, and compared."""
