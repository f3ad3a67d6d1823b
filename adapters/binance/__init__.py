"""Binance spot: its bars, its prices and its orders, over its own wire."""
