"""The section that says when to enter and when to exit."""

from typing import Annotated, Any

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bots.config.parameters import params_faults, told_again
from bots.config.types import Fraction, Name, Section, Text, tell, told, wrong
from strategies.base import Logic, Rules, StrategySection
from strategies.errors import UnknownNameError
from strategies.registry import CUSTOM, entry_class, exit_class, strategy_class

Parameters = Annotated[dict[Annotated[Text, StringConstraints(max_length=100)], Any], Field(max_length=100)]


class EntryLogic(Section):
    """The entry of the strategy `custom`."""

    name: Name = Field(description="Which entry decides when to buy.")
    params: Parameters = Field(
        default_factory=dict, description="The entry's parameters, each with or without `e_` before its name."
    )

    @model_validator(mode="after")
    def _exists_and_takes_its_parameters(self) -> "EntryLogic":
        try:
            mixin = entry_class(self.name)
        except UnknownNameError as error:
            tell([told(("name",), str(error))])
        else:
            tell(params_faults(mixin.params_model, self.params))
        return self


class ExitLogic(Section):
    """The exit of the strategy `custom`."""

    name: Name = Field(description="Which exit decides when to sell.")
    params: Parameters = Field(
        default_factory=dict, description="The exit's parameters, each with or without `x_` before its name."
    )

    @model_validator(mode="after")
    def _exists_and_takes_its_parameters(self) -> "ExitLogic":
        try:
            mixin = exit_class(self.name)
        except UnknownNameError as error:
            tell([told(("name",), str(error))])
        else:
            tell(params_faults(mixin.params_model, self.params))
        return self


class Strategy(Section):
    """When to enter and when to exit."""

    # First, because the keys after it are judged by it.
    type: Name = Field(
        default=CUSTOM,
        description="`custom` is made of an entry and an exit; other types come with installed packages.",
    )
    entry_logic: EntryLogic | None = Field(
        default=None, description="When to buy; `custom` needs it.", validate_default=True
    )
    exit_logic: ExitLogic | None = Field(
        default=None, description="When to sell; `custom` needs it.", validate_default=True
    )
    params: Parameters = Field(
        default_factory=dict, description="Parameters of a strategy of another type than `custom`."
    )
    position_size: Fraction | None = Field(
        default=None,
        description="Size of a new position as a fraction of the equity; where given it wins over "
        "trading.position_size.",
    )

    @field_validator("type")
    @classmethod
    def _is_installed(cls, name: str) -> str:
        try:
            strategy_class(name)
        except UnknownNameError as error:
            raise wrong(str(error)) from None
        except Exception as error:  # whatever a stranger's package throws on import must not hide the other faults
            raise wrong(
                f"the package that offers {name} fails: {type(error).__name__}, reinstall or repair it"
            ) from error
        return name

    @field_validator("entry_logic", "exit_logic")
    @classmethod
    def _belongs_to_custom[L: Section | None](cls, logic: L, info: ValidationInfo) -> L:
        kind = info.data.get("type")
        if kind == CUSTOM and logic is None:
            raise wrong("is missing, must be an object with name and params")
        if kind not in (None, CUSTOM) and logic is not None:
            raise wrong(f'means nothing to the strategy {kind}, leave it out or set strategy.type to "custom"')
        return logic

    @field_validator("params")
    @classmethod
    def _belongs_to_the_others(cls, params: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if params and info.data.get("type") == CUSTOM:
            raise wrong(
                "means nothing to the strategy custom, write them into entry_logic.params and exit_logic.params"
            )
        return params

    @model_validator(mode="after")
    def _takes_its_parameters(self) -> "Strategy":
        if self.type != CUSTOM:
            try:
                self.rules()
            except ValidationError as error:
                tell(told_again(error))
            except UnknownNameError as error:
                tell([told(("params",), str(error))])
            except Exception as error:  # see _is_installed
                tell([told(("params",), f"the strategy {self.type} refuses them: {type(error).__name__}")])
        return self

    def section(self) -> StrategySection:
        """Return this section as the strategies know it."""
        entry, exit = self.entry_logic, self.exit_logic
        return StrategySection(
            type=self.type,
            entry_logic=Logic(entry.name, entry.params) if entry else None,
            exit_logic=Logic(exit.name, exit.params) if exit else None,
            params=self.params,
        )

    def rules(self) -> Rules:
        """Build the strategy, fresh and without any bar."""
        return strategy_class(self.type).build(self.section())
