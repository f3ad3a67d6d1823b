"""Which feeds and brokers there are."""

from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.feeds import FeedSettings
from adapters.registry import BROKERS, FEEDS, check_broker, open_feed
from strategies.errors import BarsFileError, UnknownNameError

SETTINGS = FeedSettings("BTCUSDT", timedelta(minutes=1), Decimal(0))


def test_an_unknown_source_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=f"data source 'teletype' is not built.*{', '.join(FEEDS)}"):
        open_feed("teletype", SETTINGS)


def test_an_unknown_broker_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=f"broker 'uncle' is not built.*{', '.join(BROKERS)}"):
        check_broker("uncle")


def test_every_broker_that_is_named_passes() -> None:
    for name in BROKERS:
        check_broker(name)


def test_the_mock_market_is_made_in_the_documents_terms() -> None:
    assert open_feed("mock", SETTINGS).spec.symbol == "BTCUSDT"


def test_replay_needs_a_file() -> None:
    with pytest.raises(BarsFileError, match=r"needs data\.file"):
        open_feed("replay", SETTINGS)
