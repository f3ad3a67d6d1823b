"""A tenant of the cluster: what a TradingBot may ask for, and what its pod may answer to the operator."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from answers import read_answer
from asking import Bots
from bots.resource.crd import crd
from bots.resource.keys import token_for
from bots.resource.spec import parse_spec
from bots.running.health import Health
from bots.seen.status import Surroundings, describe
from bots.trading.halts import HaltMode
from children import Children
from keeping import Keeping
from resources import (
    build_claim,
    build_config_map,
    build_network_policy,
    build_pod_spec,
    build_service,
    build_stateful_set,
    build_token_secret,
)
from strategies.errors import BotUnreachableError, DocumentError
from tests.unit.bots.scripted import DOCUMENT, Desk, Script
from tests.unit.operator.cluster import Cluster
from tests.unit.operator.stage import OPERATOR_KEY, Clock
from tests.unit.operator.things import CONFIG, EVERYTHING, KEY, SETUP, Json, wanted
from world import World

HERE = "127.0.0.1"

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def status() -> Json:
    return describe(DOCUMENT, Desk(Script()).trader, Health(True, True, ()), Surroundings("running", "0.1.0"))


# --- What a pod may answer --------------------------------------------------------------------------------------


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[int]]]:
    """Serve all addresses by a handler, and return the port."""
    servers: list[TestServer] = []

    async def start(handler: Handler) -> int:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handler)
        servers.append(TestServer(app, host=HERE))
        await servers[-1].start_server()
        assert servers[-1].port is not None
        return servers[-1].port

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def bots() -> AsyncIterator[Bots]:
    """Who asks."""
    made = Bots()
    yield made
    await made.close()


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "ask",
    [
        lambda bots: bots.status(HERE),
        lambda bots: bots.halt(HERE, "t0ken", HaltMode.CLOSE_POSITIONS, "x"),
        lambda bots: bots.hold(HERE, "t0ken", 60),
    ],
    ids=["status", "halt", "hold"],
)
async def test_a_pod_sends_the_operator_nowhere_else(
    code: int,
    ask: Callable[[Bots], Awaitable[object]],
    serve: Callable[[Handler], Awaitable[int]],
    bots: Bots,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The operator may reach every bot and the API server: a neighbour's status is not for this tenant to see."""
    reached: list[str] = []

    async def neighbour(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.json_response(status())

    elsewhere = await serve(neighbour)

    async def evil(_request: web.Request) -> web.Response:
        return web.Response(status=code, headers={"Location": f"http://{HERE}:{elsewhere}/status"})

    monkeypatch.setattr("asking.PORT", await serve(evil))
    with pytest.raises(BotUnreachableError, match=str(code)):
        await ask(bots)
    assert reached == []


def plain_text(body: bytes) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return answer


def zipped(body: bytes) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        packed = zlib.compress(body, 9)
        return web.Response(body=packed, content_type="application/json", headers={"Content-Encoding": "deflate"})

    return answer


async def endless(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    for _ in range(64):
        await answer.write(b" " * 1_048_576)
    return answer


LARGE = json.dumps(status() | {"padding": "x" * 2_000_000}).encode()


@pytest.mark.parametrize(
    "handler",
    [
        pytest.param(plain_text(LARGE), id="large"),
        pytest.param(zipped(json.dumps(status()).encode()), id="packed"),
        pytest.param(endless, id="endless"),
        pytest.param(plain_text(b"[" * 1_000_000), id="deep"),
        pytest.param(plain_text(b'{"a": ' + b"9" * 100_000 + b"}"), id="digits"),
    ],
)
async def test_an_answer_that_is_too_much_is_no_answer(
    handler: Handler, serve: Callable[[Handler], Awaitable[int]], bots: Bots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asking.PORT", await serve(handler))
    async with asyncio.timeout(10):
        with pytest.raises(BotUnreachableError):
            await bots.status(HERE)


FORGED = "x\n\x1b[31mkopf: all is well\u2028"


def put(place: str, value: object) -> Json:
    *sections, key = place.split(".")
    told = inner = status()
    for section in sections:
        inner = inner[section]
    inner[key] = value
    return told


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("position.quantity", "1e999999999"),
        ("position.quantity", float("nan")),
        ("position.quantity", 10**400),
        ("position.quantity", True),
        ("broker_status.equity", "1e999999999"),
        ("broker_status.equity", float("inf")),
        ("broker_status.initial_balance", {}),
        ("broker_status.currency", {"x": "y"}),
        ("broker_status.open_orders", [1]),
        ("data_feed_status.last_bar", "yesterday"),
        ("trades", "9" * 100),
        ("reasons", [{}]),
        ("halt", {"limit": 1}),
    ],
)
def test_figures_that_no_bot_tells_are_not_believed(place: str, value: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        read_answer(put(place, value))


def test_a_pods_words_are_short_lines() -> None:
    told = put("broker_status.currency", FORGED * 1000) | {"reasons": [FORGED], "halt": {"limit": FORGED, "detail": ""}}
    answer = read_answer(told)
    for words in (answer.currency, answer.halt or "", *answer.reasons):
        assert words.isprintable()
    assert len(answer.currency) < 20_000


# --- What a TradingBot may ask for ------------------------------------------------------------------------------

OF_THE_HOST = (
    "hostNetwork", "hostPID", "hostIPC", "hostAliases", "hostUsers", "volumes", "volumeMounts", "securityContext",
    "privileged", "initContainers", "ephemeralContainers", "command", "args", "env", "envFrom", "runtimeClassName",
    "priorityClassName", "automountServiceAccountToken", "nodeName", "schedulerName", "shareProcessNamespace",
)  # fmt: skip


@pytest.mark.parametrize("key", OF_THE_HOST)
def test_what_would_reach_beyond_the_pod_cannot_be_asked_for(key: str) -> None:
    with pytest.raises(DocumentError, match="unknown key"):
        parse_spec({"config": CONFIG, key: True})
    assert key not in crd()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]


def test_whatever_is_asked_for_the_pod_keeps_its_bounds() -> None:
    """Each of these keys is one that the operator sets by itself: none is handed on from who asks."""
    for bot in (wanted(), wanted(**EVERYTHING)):
        pod = build_pod_spec(bot, SETUP)
        assert set(pod) <= {
            "automountServiceAccountToken", "enableServiceLinks", "terminationGracePeriodSeconds", "securityContext",
            "containers", "volumes", "nodeSelector", "tolerations", "affinity", "serviceAccountName",
        }  # fmt: skip
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"] == build_pod_spec(wanted(), SETUP)["securityContext"]
        assert pod["volumes"] == [
            {"name": "document", "configMap": {"name": bot.config_map}},
            {"name": "journal", "persistentVolumeClaim": {"claimName": "btc-journal"}},
            {"name": "api-token", "secret": {"secretName": "btc-api-token", "defaultMode": 0o440}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ]
        (container,) = pod["containers"]
        assert container["securityContext"] == build_pod_spec(wanted(), SETUP)["containers"][0]["securityContext"]


@pytest.mark.parametrize(
    "values",
    [
        {"secretRef": {"name": "binance", "namespace": "kube-system"}},
        {"secretRef": {"name": "kube-system/binance"}},
        {"secretRef": {"name": "../binance"}},
        {"serviceAccountName": "kube-system/admin"},
        {"serviceAccountName": "system:serviceaccount:kube-system:admin"},
        {"storage": {"storageClassName": "a/b"}},
    ],
)
def test_nothing_of_another_namespace_can_be_named(values: Json) -> None:
    with pytest.raises(DocumentError):
        parse_spec({"config": CONFIG, **values})


def test_all_that_is_made_for_a_bot_lies_in_its_own_namespace() -> None:
    bot = wanted(**EVERYTHING)
    made: list[Json] = [
        build_config_map(bot),
        build_claim(bot),
        build_service(bot),
        build_network_policy(bot, SETUP),
        build_token_secret(bot, "t0ken"),
        build_stateful_set(bot, SETUP, 1),
    ]
    assert {manifest["metadata"]["namespace"] for manifest in made} == {"desk"}


def test_a_document_sends_the_operator_nowhere() -> None:
    """The addresses in a document are the bot's affair: in what the operator makes they stand in the document only."""
    strange = "http://169.254.169.254"
    config = {**CONFIG, "data": {"data_source": "binance", "endpoints": {"http": strange}}}
    bot = wanted(config)
    others = [build_service(bot), build_network_policy(bot, SETUP), build_stateful_set(bot, SETUP, 1)]
    assert strange in json.dumps(build_config_map(bot))
    assert strange not in json.dumps(others)


@pytest.mark.parametrize(
    "address", ["169.254.169.254/32", "100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128"]
)
def test_no_bot_asks_a_cloud_for_the_credentials_of_its_node(address: str) -> None:
    (rule,) = build_network_policy(wanted(), SETUP)["spec"]["egress"]
    blocks = [peer["ipBlock"] for peer in rule["to"] if "ipBlock" in peer]
    (mine,) = [block for block in blocks if (":" in block["cidr"]) is (":" in address)]
    assert address in mine["except"]


# --- A leaked key -----------------------------------------------------------------------------------------------


async def test_with_its_restart_a_bot_gets_the_token_of_the_operators_new_key() -> None:
    """As docs/security.md has it: a leaked token would otherwise be good until something asks for another."""
    cluster, world = Cluster(), World()

    def token() -> str:
        return str(cluster.objects["Secret", KEY.namespace, f"{KEY.name}-api-token"]["data"]["token"])

    async def apply(key: bytes, restart: str) -> None:
        keeping = Keeping(cluster, world, Children(cluster, SETUP, key), Clock())
        await keeping.apply(KEY, wanted(restart=restart))

    await apply(OPERATOR_KEY, "1")
    leaked = token()
    await apply(b"n" * 32, "2")
    assert leaked == token_for(KEY, OPERATOR_KEY)
    assert token() == token_for(KEY, b"n" * 32) != leaked
