"""The API server's answers, and what becomes of those that are none."""

import json
from typing import Any

import pytest
from kubernetes.aio.client import ApiClient, Configuration

from api import Api, path_of
from strategies.errors import ClusterRefusedError, ClusterUnreachableError
from tests.unit.operator.things import Json


class Answering(ApiClient):
    """A client that gives the answers put in, in their order, and notes what was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        super().__init__(Configuration(host="http://api"))
        self.answers = list(answers)
        self.asked: list[tuple[Any, ...]] = []

    async def call_api(self, *request: Any, **_: Any) -> Any:
        """Answer."""
        self.asked.append(request)
        code, body = self.answers.pop(0)
        if isinstance(body, Exception):
            raise body
        return Answered(code, body if isinstance(body, bytes) else json.dumps(body).encode())


class Answered:
    """An answer."""

    def __init__(self, status: int, data: bytes) -> None:
        self.status, self._data = status, data

    async def read(self) -> bytes:
        """Return the body."""
        return self._data


def refusal(code: int, reason: str = "", message: str = "told so") -> tuple[int, Json]:
    return code, {"kind": "Status", "status": "Failure", "reason": reason, "message": message}


def api(*answers: tuple[int, Any]) -> tuple[Api, Answering, list[tuple[str, str, int]]]:
    client = Answering(*answers)
    counted: list[tuple[str, str, int]] = []
    return Api(client, lambda *call: counted.append(call)), client, counted


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        (("Pod", "desk", "btc-0"), "/api/v1/namespaces/desk/pods/btc-0"),
        (("Pod", None), "/api/v1/pods"),
        (("StatefulSet", "desk"), "/apis/apps/v1/namespaces/desk/statefulsets"),
        (
            ("TradingBot", "desk", "btc", "status"),
            "/apis/tradingbots.dev/v1alpha1/namespaces/desk/tradingbots/btc/status",
        ),
        (("TradingBot", None), "/apis/tradingbots.dev/v1alpha1/tradingbots"),
    ],
)
def test_each_kind_has_its_place(asked: Any, path: str) -> None:
    assert path_of(*asked) == path


async def test_what_is_not_there_is_none() -> None:
    made, _, counted = api(refusal(404, "NotFound"))
    assert await made.get("Pod", "desk", "btc-0") is None
    assert counted == [("GET", "Pod", 404)]


async def test_a_refusal_bears_the_servers_words() -> None:
    made, _, _ = api(refusal(403, "Forbidden", "exceeded quota"))
    with pytest.raises(ClusterRefusedError, match="exceeded quota") as raised:
        await made.get("Pod", "desk", "btc-0")
    assert (raised.value.status, raised.value.reason) == (403, "Forbidden")


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
async def test_a_server_that_asks_to_come_again_has_refused_nothing(code: int) -> None:
    made, _, _ = api((code, b"<html>upstream</html>"))
    with pytest.raises(ClusterUnreachableError):
        await made.get("Pod", "desk", "btc-0")


@pytest.mark.parametrize("body", ["upstream", ["upstream"], 7, None])
async def test_words_of_a_proxy_that_are_json_but_no_object_are_an_answer_of_its_kind(body: Any) -> None:
    made, _, _ = api((502, body), (403, body), (200, body))
    with pytest.raises(ClusterUnreachableError, match="502"):
        await made.get("Pod", "desk", "btc-0")
    with pytest.raises(ClusterRefusedError, match="403"):
        await made.get("Pod", "desk", "btc-0")
    assert await made.get("Pod", "desk", "btc-0") == {}


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError()])
async def test_a_server_that_does_not_answer_is_counted_too(error: Exception) -> None:
    made, _, counted = api((0, error))
    with pytest.raises(ClusterUnreachableError, match="does not answer"):
        await made.get("Pod", "desk", "btc-0")
    assert counted == [("GET", "Pod", 0)]


async def test_a_list_is_read_page_by_page() -> None:
    item: Json = {"metadata": {"name": "a"}}
    pages = [{"metadata": {"continue": "more"}, "items": [item, item]}, {"metadata": {}, "items": [item]}]
    made, client, _ = api(*((200, page) for page in pages))
    assert len([one async for one in made.metadata("Pod", "desk", "a=b")]) == 3
    first, second = (url for _, url, *_ in client.asked)
    assert "labelSelector=a%3Db" in first
    assert "continue" not in first
    assert "continue=more" in second


@pytest.mark.parametrize("code", [404, 409])
async def test_what_is_gone_or_another_by_now_is_not_deleted_and_that_is_well(code: int) -> None:
    made, client, _ = api(refusal(code))
    await made.delete("Pod", "desk", "btc-0", "uid-1")
    method, _, _, body, *_ = client.asked[0]
    assert method == "DELETE"
    # No grace of nought, ever: two pods of one bot could run at a time.
    assert body == {"preconditions": {"uid": "uid-1"}}


async def test_a_patch_of_what_has_changed_meanwhile_is_tried_again_later() -> None:
    made, _, _ = api(refusal(409, "Conflict"))
    with pytest.raises(ClusterUnreachableError):
        await made.patch("TradingBot", "desk", "btc", {})


@pytest.mark.parametrize("force", [True, False])
async def test_what_is_applied_is_ours_and_checked_strictly(force: bool) -> None:
    made, client, _ = api((200, {}))
    await made.apply({"kind": "Service", "metadata": {"namespace": "desk", "name": "btc"}}, force=force)
    method, url, headers, *_ = client.asked[0]
    assert method == "PATCH"
    assert f"force={str(force).lower()}" in url
    assert "fieldManager=tradingbot-operator" in url
    assert "fieldValidation=Strict" in url
    assert headers["Content-Type"] == "application/apply-patch+yaml"


async def test_an_applied_object_that_is_anothers_is_refused_and_not_tried_again() -> None:
    made, _, _ = api(refusal(409, "Conflict"))
    with pytest.raises(ClusterRefusedError):
        await made.apply({"kind": "Service", "metadata": {"namespace": "desk", "name": "btc"}}, force=False)
