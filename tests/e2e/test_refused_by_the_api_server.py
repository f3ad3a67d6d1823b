"""What the API server itself makes of TradingBots: wrong ones never come to the operator, and the answer helps.

Nearly all of it is asked by dry runs, which leave nothing behind and need no operator.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bots.config import load_document, parse_document
from bots.resource.crd import crd_yaml
from tests.e2e.bots import Bot, document
from tests.e2e.kube import CommandError, Kube, Manifest, RefusedError, place

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED = sorted(CONFIGS.glob("bot-*.yaml"))
ASKED = f"{place('tradingbots', 'default')}?dryRun=All&fieldValidation=Strict"

GONE = object()
"""Stands for a key that is taken out."""


@pytest.fixture(scope="module")
def ask(kube: Kube) -> Callable[[Manifest], Manifest]:
    """Ask for a TradingBot in a dry run and return it as the API server would keep it."""
    kube.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", given=crd_yaml())
    name = "customresourcedefinition/tradingbots.tradingbots.dev"
    kube.kubectl("wait", "--for=condition=Established", name)

    def ask(bot: Manifest) -> Manifest:
        return kube.request("POST", ASKED, bot)

    return ask


def a_bot(name: str = "bot", config: dict[str, Any] | None = None, **spec: Any) -> Manifest:
    head = {"apiVersion": "tradingbots.dev/v1alpha1", "kind": "TradingBot", "metadata": {"name": name}}
    return {**head, "spec": {"config": config or document(), **spec}}


def with_key(place: str, value: object) -> Manifest:
    """Return a bot whose document has one key changed, added or taken out."""
    config = copy.deepcopy(document())
    inner = config
    *sections, key = place.split("/")
    for section in sections:
        inner = inner.setdefault(section, {})
    if value is GONE:
        del inner[key]
    else:
        inner[key] = value
    return a_bot(config=config)


def on(broker: str, source: str | None, **data: Any) -> Manifest:
    """Return a bot with a broker and a source of bars."""
    config = copy.deepcopy(document())
    config["broker"] = {"type": broker}
    config["data"] = {**({"data_source": source} if source else {}), **data}
    return a_bot(config=config)


# --- Good ones ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@pytest.mark.usefixtures("ask")
def test_a_shipped_manifest_is_taken_and_its_document_comes_back(kube: Kube, path: Path) -> None:
    printed = kube.kubectl("create", "--dry-run=server", "-o", "json", "-f", str(path), namespace="default")
    file = CONFIGS / f"{path.stem.removeprefix('bot-')}.json"
    kept = parse_document(json.loads(printed)["spec"]["config"])
    assert kept.canonical_json() == load_document(file).canonical_json()


def test_a_document_that_names_its_schema_is_taken(ask: Callable[[Manifest], Manifest]) -> None:
    assert ask(with_key("$schema", "./schema.json"))["spec"]["config"]["$schema"] == "./schema.json"


def test_null_means_left_out(ask: Callable[[Manifest], Manifest]) -> None:
    kept = ask(with_key("risk_management", {"stop_loss_pct": None, "trailing_stop": None}))
    assert parse_document(kept["spec"]["config"]).risk_management.stop_loss_pct is None


def test_a_whole_number_may_be_written_with_a_point(ask: Callable[[Manifest], Manifest]) -> None:
    kept = ask(with_key("strategy/entry_logic/params/rsi_period", 14.0))
    parse_document(kept["spec"]["config"])


def test_every_key_of_the_spec_is_taken(ask: Callable[[Manifest], Manifest]) -> None:
    spec: dict[str, Any] = {
        "image": "example.com/tradingbot:1", "imagePullPolicy": "Always", "secretRef": {"name": "keys"},
        "suspend": True, "updatePolicy": "OnFlat", "deletePolicy": "ClosePosition",
        "storage": {"size": "2Gi", "storageClassName": "fast", "onDelete": "Delete"},
        "resources": {"requests": {"cpu": 1, "memory": "100Mi"}, "limits": {"cpu": "1500m", "memory": "1Gi"}},
        "nodeSelector": {"kubernetes.io/os": "linux"}, "podLabels": {"team": "x"}, "podAnnotations": {"a": "b c"},
        "tolerations": [{"operator": "Exists"}, {"key": "a", "effect": "NoExecute", "tolerationSeconds": 3}],
        "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy:3128"}], "serviceAccountName": "bot",
        "terminationGracePeriodSeconds": 120,
    }  # fmt: skip
    kept = ask(a_bot(**spec))["spec"]
    assert {key: kept[key] for key in spec} == spec


def test_a_document_of_fifty_thousand_characters_is_applied_and_changed(
    ask: Callable[[Manifest], Manifest], kube: Kube, bot: Bot
) -> None:
    # Client-side: kubectl keeps a second copy of the object in an annotation.
    config = document() | {"description": "why " * 12_500}
    bot.apply(config, suspend=True)
    bot.apply(config | {"version": "2.0"}, suspend=True)
    kept = kube.get("tradingbots", bot.name, bot.namespace)
    assert kept is not None
    assert kept["spec"]["config"]["version"] == "2.0"
    assert len(kept["spec"]["config"]["description"]) == 50_000


# --- Wrong ones ---------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Manifest, str, str]] = {
    # What the document's schema says.
    "no document": ({**a_bot(), "spec": {}}, "spec.config", "Required value"),
    "no symbol": (with_key("trading/symbol", GONE), "spec.config.trading.symbol", "Required value"),
    "a symbol in small letters": (
        with_key("trading/symbol", "btcusdt"), "spec.config.trading.symbol", 'in capitals such as "BTCUSDT"',
    ),
    "a broker nobody knows": (
        with_key("broker/type", "kraken"), "spec.config.broker.type", '"binance", "ibkr", "binance_paper", "mock"',
    ),
    "a size of nothing": (
        with_key("trading/position_size", 0), "spec.config.trading.position_size", "greater than 0",
    ),
    "more than the equity": (
        with_key("trading/position_size", 1.5), "spec.config.trading.position_size", "less than or equal to 1",
    ),
    "a number in quotes": (
        with_key("trading/position_size", "0.1"), "spec.config.trading.position_size", "must be of type number",
    ),
    "half a bar": (
        with_key("strategy/entry_logic/params/rsi_period", 14.5),
        "spec.config.strategy.entry_logic.params.rsi_period", "should be a multiple of 1",
    ),
    "an event named twice": (
        with_key("notifications", {"email": {"notify_on": ["error", "error"]}}),
        "spec.config.notifications.email.notify_on[1]", "Duplicate value",
    ),
    "a description as long as a book": (
        with_key("description", "x" * 60_001), "spec.config.description", "60000",
    ),
    # What fits what.
    "bars of another venue": (
        on("binance", "mock"), "spec.config.data.data_source",
        '"mock" does not go with the broker "binance", must be "binance" (or broker.type "mock")',
    ),
    "a real broker without its bars": (
        on("ibkr", None), "spec.config.data.data_source",
        '"mock" does not go with the broker "ibkr", must be "ibkr" or "yahoo" (or broker.type "mock")',
    ),
    "two symbols": (
        with_key("data/symbol", "ETHUSDT"), "spec.config.data.symbol", "make them agree or leave data.symbol out",
    ),
    "a replay of nothing": (
        on("mock", "replay"), "spec.config.data.file", "replay needs the path of a .csv or .parquet file of bars",
    ),
    "a replay of a spreadsheet": (
        on("mock", "replay", file="bars.xlsx"), "spec.config.data.file", "must be a .csv or .parquet file",
    ),
    "a file that nobody reads": (
        on("mock", "mock", file="bars.csv"), "spec.config.data.file", "means nothing to data from mock",
    ),
    "a seed for a real market": (
        on("mock", "binance", seed=2), "spec.config.data.seed", "means nothing to data from binance",
    ),
    "a real market made faster": (
        on("mock", "binance", speed=60), "spec.config.data.speed", "cannot be changed for data from binance",
    ),
    "an entry without an exit": (
        with_key("strategy/exit_logic", GONE), "spec.config.strategy.exit_logic", "is missing, must be an object",
    ),
    "an entry nobody knows": (
        with_key("strategy/entry_logic/name", "RSIEntry"), "spec.config.strategy.entry_logic.name", "RSIBBEntryMixin",
    ),
    "a parameter of another entry": (
        with_key("strategy/entry_logic/params/e_st_period", 9), "spec.config.strategy.entry_logic.params",
        "e_st_period is no parameter of RSIBBEntryMixin but of RSIVolumeSupertrendEntryMixin, leave it out",
    ),
    "a parameter of another exit": (
        with_key("strategy/exit_logic/params/trail_pct", 0.1), "spec.config.strategy.exit_logic.params",
        "trail_pct is no parameter of TimeBasedExitMixin but of TrailingStopExitMixin, leave it out",
    ),
    "a parameter in two spellings": (
        with_key("strategy/entry_logic/params/e_bb_dev", 2), "spec.config.strategy.entry_logic.params",
        "bb_dev and e_bb_dev mean the same, keep one of them",
    ),
    "a log outside": (
        with_key("logging", {"log_file": "../other.log"}), "spec.config.logging.log_file", "below it such as",
    ),
    # The spec beside the document.
    "no room at all": (a_bot(storage={"size": "0"}), "spec.storage.size", "must be like 1Gi or 500M"),
    "no time to stop": (a_bot(terminationGracePeriodSeconds=1), "spec.terminationGracePeriodSeconds", "to 5"),
    "a policy in small letters": (a_bot(updatePolicy="onflat"), "spec.updatePolicy", '"Recreate", "OnFlat"'),
    "more asked for than allowed": (
        a_bot(resources={"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}), "spec.resources.requests",
        "requests.memory is more than limits.memory, lower it or raise the limit",
    ),
    "a variable of the operator's": (
        a_bot(extraEnv=[{"name": "TRADINGBOT_TOKEN_FILE", "value": "/x"}]), "spec.extraEnv[0].name",
        "TRADINGBOT_TOKEN_FILE is set by the operator, leave it out",
    ),
    "a secret in the open": (
        a_bot(extraEnv=[{"name": "BINANCE_API_SECRET", "value": "x"}]), "spec.extraEnv[0].name",
        "put it into a Secret and name that in spec.secretRef",
    ),
    "a label of the operator's": (
        a_bot(podLabels={"tradingbots.dev/bot": "other"}), "spec.podLabels", "is set by the operator, leave it out",
    ),
    "a label with a space": (
        a_bot(podLabels={"a b": "c"}), "spec.podLabels", "must be like example.com/team",
    ),
    "a toleration that kubernetes would refuse": (
        a_bot(tolerations=[{"key": "a", "tolerationSeconds": 1}]), "spec.tolerations[0].tolerationSeconds",
        "goes with the effect NoExecute only",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("bot", "where", "words"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_at_its_place_in_words_that_help(
    ask: Callable[[Manifest], Manifest], bot: Manifest, where: str, words: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        ask(bot)
    assert refused.value.code == 422
    assert f"{where}: " in refused.value.message
    assert words in refused.value.message


@pytest.mark.parametrize("name", ["a" * 41, "0001", "my.bot"])
def test_a_name_that_no_service_could_bear_is_refused(ask: Callable[[Manifest], Manifest], name: str) -> None:
    with pytest.raises(RefusedError, match="the name of a bot"):
        ask(a_bot(name))


def test_the_longest_name_is_taken(ask: Callable[[Manifest], Manifest]) -> None:
    assert ask(a_bot("a" * 40))["metadata"]["name"] == "a" * 40


KEYS = {
    "of the document": ("trading", "stop_los", "spec.config.trading.stop_los"),
    "of the whole": ("", "risk_managment", "spec.config.risk_managment"),
    "of an entry": ("strategy/entry_logic/params", "rsi_perod", "spec.config.strategy.entry_logic.params.rsi_perod"),
    "of a secret": ("broker", "api_key", "spec.config.broker.api_key"),
}


@pytest.mark.parametrize(("section", "key", "where"), KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("way", [("create",), ("apply",), ("apply", "--server-side")], ids=" ".join)
@pytest.mark.usefixtures("ask")
def test_a_key_that_does_not_exist_is_refused_and_never_dropped_unsaid(
    kube: Kube, way: tuple[str, ...], section: str, key: str, where: str
) -> None:
    bot = with_key(f"{section}/{key}".strip("/"), 1)
    with pytest.raises(CommandError) as refused:
        kube.kubectl(*way, "--dry-run=server", "-f", "-", namespace="default", given=json.dumps(bot))
    assert where in refused.value.output


# --- What kubectl shows -------------------------------------------------------------------------------------------


def test_kubectl_prints_the_promised_columns(ask: Callable[[Manifest], Manifest], kube: Kube, bot: Bot) -> None:
    bot.apply(suspend=True)
    first = kube.kubectl("get", "tbot", namespace=bot.namespace).splitlines()[0]
    assert first.split() == ["NAME", "PHASE", "READY", "MODE", "SYMBOL", "POSITION", "EQUITY", "PROFIT", "AGE"]
    wide = kube.kubectl("get", "trading", "-o", "wide", namespace=bot.namespace).splitlines()[0]
    assert wide.split()[9:] == ["TRADES", "LAST", "BAR", "RESTARTS", "REASON", "CONFIG", "IMAGE"]


@pytest.mark.usefixtures("ask")
def test_kubectl_explains_every_key(kube: Kube) -> None:
    told = kube.kubectl("explain", "tradingbots.spec.config.trading.position_size")
    assert "Size of a new position as a fraction of the equity: 0.1 is 10 %. Default:" in " ".join(told.split())
