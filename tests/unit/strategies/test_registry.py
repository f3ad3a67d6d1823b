"""Names in a document find their classes, built in or installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import strategies.entries
from strategies import registry
from strategies.base import EntryMixin, Logic, Rules, StrategySection
from strategies.custom import CustomStrategy
from strategies.errors import UnknownNameError
from strategies.registry import entry_class, entry_names, exit_class, exit_names, strategy_class, strategy_names
from tests.unit.strategies.made_up import bar

NEW_MIXIN = """
from strategies.base import EntryMixin
from strategies.entries.rsi_bb import RSIBBEntryMixin
from strategies.params import EntryParams, Period

class EveryBarEntryParams(EntryParams):
    pause: Period = 3

class AbstractEntryMixin(EntryMixin[EveryBarEntryParams]):
    pass

class EveryBarEntryMixin(AbstractEntryMixin):
    def should_enter(self, bar):
        return True
"""

INSTALLED = """
from strategies.base import Marks, Rules
from strategies.params import Params, Period

class HoldParams(Params):
    bars: Period = 5

class Hold(Rules):
    exit_reasons = ("held",)
    warm_up = 0

    def __init__(self, params):
        self.params = params

    @classmethod
    def build(cls, section):
        return cls(HoldParams.model_validate(section.params))

    def update(self, bar): pass
    def should_enter(self, bar): return True
    def entered(self, bar): pass
    def open(self, bar): return Marks()
    def follow(self, bar, marks): pass
    def should_exit(self, bar, position): return "held" if position.bars_held >= self.params.bars else None
    def state(self): return {}
    def restore(self, state): pass
    def marks_to_json(self, marks): return {}
    def marks_from_json(self, stored): return Marks()

no_rules = 5
"""


@pytest.fixture
def a_new_file_in_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "every_bar.py").write_text(NEW_MIXIN)
    monkeypatch.setattr(strategies.entries, "__path__", [*strategies.entries.__path__, str(tmp_path)])
    registry._entries.cache_clear()
    yield
    registry._entries.cache_clear()


@pytest.fixture
def an_installed_strategy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made_up_hold.py").write_text(INSTALLED)
    info = tmp_path / "made_up_hold-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made-up-hold\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[tradingbot.strategies]\nhold = made_up_hold:Hold\nbroken = made_up_hold:no_rules\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


def test_all_mixins_are_found() -> None:
    assert entry_names() == (
        "RSIBBEntryMixin",
        "RSIBBVolumeEntryMixin",
        "RSIIchimokuEntryMixin",
        "RSIVolumeSupertrendEntryMixin",
    )
    assert exit_names() == (
        "ATRExitMixin",
        "FixedRatioExitMixin",
        "RSIBBExitMixin",
        "TimeBasedExitMixin",
        "TrailingStopExitMixin",
    )


def test_every_name_is_that_of_its_class() -> None:
    assert [entry_class(name).__name__ for name in entry_names()] == list(entry_names())
    assert [exit_class(name).__name__ for name in exit_names()] == list(exit_names())


@pytest.mark.usefixtures("a_new_file_in_entries")
def test_a_new_mixin_is_one_new_file() -> None:
    found = entry_class("EveryBarEntryMixin")
    assert issubclass(found, EntryMixin)
    assert found.params_model.__name__ == "EveryBarEntryParams"


@pytest.mark.usefixtures("a_new_file_in_entries")
def test_a_class_that_is_still_abstract_is_none_to_choose() -> None:
    assert "AbstractEntryMixin" not in entry_names()
    assert "EveryBarEntryMixin" in entry_names()


def test_an_unknown_mixin_is_told_with_the_nearest_and_all_there_are() -> None:
    with pytest.raises(UnknownNameError, match="no entry mixin is called 'RSIBBEntry'; did you mean 'RSIBBEntryMixin'"):
        entry_class("RSIBBEntry")
    with pytest.raises(UnknownNameError, match=r"no exit mixin is called 'zzz'\. There are: ATRExitMixin, Fixed"):
        exit_class("zzz")


def test_custom_is_built_in() -> None:
    assert strategy_class("custom") is CustomStrategy
    assert strategy_names()[0] == "custom"


def test_an_unknown_strategy_type_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="no strategy type is called 'costum'; did you mean 'custom'"):
        strategy_class("costum")


@pytest.mark.usefixtures("an_installed_strategy")
def test_an_installed_strategy_is_built_from_its_own_parameters() -> None:
    hold = strategy_class("hold").build(StrategySection(type="hold", params={"bars": 2}))
    assert isinstance(hold, Rules)
    assert hold.should_enter(bar(0, 1))
    assert "hold" in strategy_names()


@pytest.mark.usefixtures("an_installed_strategy")
def test_an_installed_strategy_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="not a subclass of"):
        strategy_class("broken")


def test_custom_without_an_exit_says_what_could_stand_there() -> None:
    section = StrategySection(entry_logic=Logic("RSIBBEntryMixin"))
    with pytest.raises(UnknownNameError, match=r"needs exit_logic\.name, one of: ATRExitMixin"):
        strategy_class("custom").build(section)
