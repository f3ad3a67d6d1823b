"""What the operator builds for each document of configs/, judged as the chart's own manifests are."""

import json
from pathlib import Path

import pytest
import yaml

from desired import understand
from resources import (
    Setup,
    build_claim,
    build_config_map,
    build_network_policy,
    build_service,
    build_stateful_set,
    build_token_secret,
)
from tests.chart.scoring import critical

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("0*.json")), ids=lambda file: file.stem)
def test_kube_score_finds_nothing_critical_in_a_bots_children(file: Path) -> None:
    document = {key: value for key, value in json.loads(file.read_text()).items() if key != "$schema"}
    about = {"namespace": "trading", "name": f"bot-{file.stem}", "uid": "0b9c2c0e-6a43-4b6e-9f0e-1b9f3f1d2a01"}
    bot = understand(about, {"config": document})
    setup = Setup("tradingbot-system", "registry.example.com/tradingbot:1.0.0")
    children = [
        build_config_map(bot),
        build_claim(bot),
        build_service(bot),
        build_network_policy(bot, setup),
        build_token_secret(bot, "token"),
        build_stateful_set(bot, setup, replicas=1),
    ]

    assert critical(yaml.safe_dump_all(children)) == []
