"""What a person asks for in a TradingBot's spec: the document, and how its pod is to be run."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)
from pydantic.alias_generators import to_camel

from bots.config.faults import Place, explain, written
from bots.config.types import Count, Flag, Text, wrong
from bots.config.wording import Node
from bots.resource.values import (
    IS_OURS,
    IS_SECRET,
    MOST,
    OURS,
    SECRET,
    Amounts,
    Image,
    Labels,
    ObjectName,
    PodAnnotations,
    PodLabels,
    Size,
    Variable,
)
from strategies.errors import DocumentError, Fault

KEY_OF_TOLERATION = r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$"


class Part(BaseModel):
    """A part of the spec: written in camelCase, unknown keys refused, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, alias_generator=to_camel)


class SecretRef(Part):
    """A Secret in the bot's namespace."""

    name: ObjectName = Field(description="Name of the Secret.")


class Storage(Part):
    """The volume of the bot's journal and logs."""

    size: Size = Field(default="1Gi", description="Size of the volume.")
    storage_class_name: ObjectName | None = Field(
        default=None,
        description="Class of the volume; left out or null is the cluster's default. A volume never changes its class.",
    )
    on_delete: Literal["Retain", "Delete"] = Field(
        default="Retain",
        description="Whether the volume outlives the bot, so that one of the same name goes on where this one stopped.",
    )


class Resources(Part):
    """What the container may count on and what it may use at most."""

    requests: Amounts = Field(default_factory=dict, description="What the node must have free.")
    limits: Amounts = Field(default_factory=dict, description="What the container may use at most.")


class EnvVar(Part):
    """A variable of the container's environment."""

    name: Variable = Field(description="Name of the variable.")
    value: Annotated[Text, StringConstraints(max_length=4096)] = Field(default="", description="Its value.")

    @field_validator("name")
    @classmethod
    def _may_be_set_here(cls, name: str) -> str:
        if name in OURS:
            raise wrong(IS_OURS)
        if name in SECRET:
            raise wrong(IS_SECRET)
        return name


class Toleration(Part):
    """A taint that the pod tolerates, as pods have it."""

    key: Annotated[Text, StringConstraints(max_length=317, pattern=KEY_OF_TOLERATION)] | None = Field(
        default=None, description="Key of the taint; left out means every one."
    )
    operator: Literal["Exists", "Equal"] | None = Field(
        default=None, description="Whether the key must exist or equal the value; Equal by default."
    )
    value: Annotated[Text, StringConstraints(max_length=63)] | None = Field(
        default=None, description="Value of the taint."
    )
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        default=None, description="Effect of the taint; left out means every one."
    )
    toleration_seconds: Count | None = Field(
        default=None, description="How long a taint of NoExecute is tolerated, in seconds."
    )


class Affinity(Part):
    """Which nodes and which neighbours the pod wants, as pods have it."""

    node_affinity: dict[str, Any] | None = Field(default=None, description="Which nodes.")
    pod_affinity: dict[str, Any] | None = Field(default=None, description="Beside which pods.")
    pod_anti_affinity: dict[str, Any] | None = Field(default=None, description="Away from which pods.")


def _handed_on(part: type[Part]) -> BeforeValidator:
    """Return the check of what is handed on to the pod as it is written, once it is good."""

    def check(value: object) -> object:
        if not isinstance(value, dict):
            return value
        return part.model_validate(value, by_alias=True, by_name=False).model_dump(by_alias=True, exclude_none=True)

    return BeforeValidator(check, json_schema_input_type=part)


class TradingBotSpec(Part):
    """What a TradingBot asks for."""

    config: dict[str, Any] = Field(description="The bot's document, as its JSON file has it.")
    image: Image | None = Field(
        default=None, description="Image of the bot; left out or null is the operator's choice."
    )
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(
        default=None, description="When the image is pulled; left out or null is the operator's choice."
    )
    secret_ref: SecretRef | None = Field(
        default=None,
        description="Secret in the same namespace whose keys become environment variables, such as BINANCE_API_KEY.",
    )
    suspend: Flag = Field(default=False, description="Whether the bot is stopped for now; its position is kept.")
    update_policy: Literal["Recreate", "OnFlat"] = Field(
        default="Recreate",
        description="When a change replaces the pod: at once (its position is kept), or once the bot has no position.",
    )
    delete_policy: Literal["KeepPosition", "ClosePosition"] = Field(
        default="KeepPosition", description="What becomes of an open position when the bot is deleted."
    )
    storage: Storage = Field(default_factory=Storage, description="The volume of the bot's journal and logs.")
    resources: Resources | None = Field(
        default=None, description="Processor time and memory; left out or null is what a bot was measured to need."
    )
    node_selector: Labels = Field(default_factory=dict, description="Labels that the pod's node must bear.")
    tolerations: Annotated[tuple[Annotated[dict[str, Any], _handed_on(Toleration)], ...], Field(max_length=MOST)] = (
        Field(default=(), description="Taints that the pod tolerates, as pods have it.")
    )
    affinity: Annotated[dict[str, Any], _handed_on(Affinity)] | None = Field(
        default=None, description="Which nodes and which neighbours the pod wants, as pods have it."
    )
    pod_labels: PodLabels = Field(default_factory=dict, description="Further labels of the pod.")
    pod_annotations: PodAnnotations = Field(default_factory=dict, description="Further annotations of the pod.")
    extra_env: Annotated[tuple[EnvVar, ...], Field(max_length=MOST)] = Field(
        default=(), description="Further environment variables, none of them a secret."
    )
    service_account_name: ObjectName | None = Field(
        default=None, description="Service account of the pod; no token of it is mounted."
    )
    termination_grace_period_seconds: Annotated[Count, Field(ge=5, le=3600)] = Field(
        default=60, description="How long a bot may take to stop cleanly, in seconds."
    )

    @field_validator("extra_env")
    @classmethod
    def _each_once(cls, variables: tuple[EnvVar, ...]) -> tuple[EnvVar, ...]:
        names = [variable.name for variable in variables]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise wrong(f"sets {twice} more than once, keep one")
        return variables


def parse_spec(values: object, source: str = "TradingBot") -> TradingBotSpec:
    """Validate a TradingBot's spec as the API server gives it; the document in it is left to `parse_document`.

    Raises
    ------
    DocumentError
        With everything that is wrong, one fault a place such as `spec.storage.size`.
    """
    if not isinstance(values, dict):
        raise DocumentError(source, [Fault("spec", "must be an object with at least config")])
    try:
        return TradingBotSpec.model_validate(values, by_alias=True, by_name=False)
    except ValidationError as error:
        first: dict[Place, str] = {}
        for place, sentence in explain(error, _schema()):
            first.setdefault(("spec", *place), sentence)
        faults = [Fault(written(place), sentence) for place, sentence in first.items()]
    raise DocumentError(source, faults)


@cache
def _schema() -> Node:
    return TradingBotSpec.model_json_schema()
