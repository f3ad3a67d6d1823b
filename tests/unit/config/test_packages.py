"""Strategies that installed packages offer: validated by their own class, and unable to break the validator."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest
from pydantic import BaseModel, ConfigDict, Field

from bots.config import parse_document
from strategies import registry
from strategies.base import StrategySection
from strategies.custom import CustomStrategy
from tests.unit.config.documents import Json, faults_of


class BreakoutParams(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    period: int = Field(default=20, ge=1)


class Breakout(CustomStrategy):
    @classmethod
    def build(cls, section: StrategySection) -> "Breakout":
        if section.params.get("explode"):
            raise RuntimeError("secret-detail")
        BreakoutParams.model_validate(dict(section.params))
        return cls.from_params("RSIBBEntryMixin", {}, "ATRExitMixin", {})


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = EntryPoints(
        (
            EntryPoint("breakout", f"{__name__}:Breakout", registry.STRATEGIES),
            EntryPoint("torn", "no_such_package_anywhere:Torn", registry.STRATEGIES),
        )
    )
    monkeypatch.setattr(registry, "entry_points", lambda group: offered.select(group=group))
    monkeypatch.setattr(EntryPoint, "load", lambda self: Breakout if self.name == "breakout" else _missing())


def _missing() -> object:
    raise ModuleNotFoundError("no_such_package_anywhere")


def of_type(name: str, **params: object) -> Json:
    return {"trading": {"symbol": "BTCUSDT"}, "strategy": {"type": name, "params": params}}


def test_its_parameters_are_its_own_affair() -> None:
    document = parse_document(of_type("breakout", period=5))
    assert isinstance(document.strategy.rules(), Breakout)


def test_its_own_faults_are_told_at_their_place() -> None:
    assert list(faults_of(of_type("breakout", period=0))) == ["strategy.params.period"]
    assert list(faults_of(of_type("breakout", perod=5))) == ["strategy.params.perod"]


def test_entry_and_exit_belong_to_custom_alone() -> None:
    document = of_type("breakout")
    document["strategy"]["entry_logic"] = {"name": "RSIBBEntryMixin"}
    assert "means nothing to the strategy breakout" in faults_of(document)["strategy.entry_logic"]


def test_a_package_that_fails_is_a_fault_and_not_a_traceback() -> None:
    assert "the package that offers torn fails: ModuleNotFoundError" in faults_of(of_type("torn"))["strategy.type"]
    assert faults_of(of_type("breakout", explode=1)) == {
        "strategy.params": "the strategy breakout refuses them: RuntimeError"
    }


def test_half_a_character_is_refused_also_where_parameters_are_free() -> None:
    assert "half a character" in faults_of(of_type("breakout", label="\ud800"))["strategy.params.label"]
