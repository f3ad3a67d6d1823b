"""Which feeds and brokers there are."""

from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.feeds import FeedSettings
from adapters.registry import FEEDS, LIVE_BROKERS, PAPER_BROKERS, is_live, open_feed
from strategies.errors import BarsFileError, UnknownNameError

SETTINGS = FeedSettings("BTCUSDT", timedelta(minutes=1), Decimal(0))


def test_an_unknown_source_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=f"'teletype'; there are: {', '.join(FEEDS)}, binance, ibkr, yahoo"):
        open_feed("teletype", SETTINGS)


def test_an_unknown_broker_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=f"'uncle'; there are: {', '.join([*PAPER_BROKERS, *LIVE_BROKERS])}"):
        is_live("uncle")


def test_only_brokers_on_the_network_are_live() -> None:
    assert not any(is_live(name) for name in PAPER_BROKERS)
    assert all(is_live(name) for name in LIVE_BROKERS)


def test_the_mock_market_is_made_in_the_documents_terms() -> None:
    assert open_feed("mock", SETTINGS).spec.symbol == "BTCUSDT"


def test_replay_needs_a_file() -> None:
    with pytest.raises(BarsFileError, match=r"needs data\.file"):
        open_feed("replay", SETTINGS)
