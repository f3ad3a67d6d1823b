"""Habits of Nautilus 1.231 that a long-running bot cannot afford, switched off in one place."""

from typing import Any

from nautilus_trader.portfolio.config import PortfolioConfig

PORTFOLIO = PortfolioConfig(bar_updates=False)
"""The bot keeps its own books; Nautilus need not value positions on every bar."""


def forget_trade_statistics(portfolio: Any) -> None:
    """Stop the portfolio's analyzer from copying all closed trades at each new one, into memory that only grows."""
    portfolio.analyzer.record_trade = lambda *_args, **_kwargs: None
