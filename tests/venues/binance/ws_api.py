"""The web-socket API: the same questions and orders over a web socket, and the subscription to the account."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.venues.binance.auth import check_time, sorted_payload
from tests.venues.binance.connection import Connection
from tests.venues.binance.endpoints import BY_WS_METHOD
from tests.venues.binance.parameters import ANY, LONG, SIGNED, Parameter, read
from tests.venues.binance.records import Request, shown
from tests.venues.binance.refusals import RefusedError, bad_request, missing
from tests.venues.binance.venue import Venue

_WITH_KEY = SIGNED | {"apiKey": Parameter(ANY, True)}
_SESSION_WEIGHT = 2


async def hear(venue: Venue, connection: Connection, text: str) -> None:
    """Deal with a message of a client."""
    received, at = time.perf_counter_ns(), time.time()
    venue.records.came()
    told_id, method, params, problem = _parsed(text)
    fault = venue.misbehave.take(f"WS {method}", params)
    status, outcome, error_code, answer = 0, "", 0, None
    if fault is not None and not fault.executed:
        await asyncio.sleep(fault.delay)
    if fault is None or fault.act is None or fault.executed:
        answer = _answer(venue, connection, told_id, method, params, problem)
        status, error_code, outcome = answer["status"], answer.get("error", {}).get("code", 0), "answered"
    if fault is not None:
        if fault.executed:
            await asyncio.sleep(fault.delay)
        if fault.act is not None:
            outcome = f"staged: {fault.act}, {'executed' if fault.executed else 'not executed'}"
            error = {"code": fault.code or -1000, "msg": fault.message}
            answer = {"id": told_id, "status": fault.status, "error": error} if fault.act == "answer" else None
            status = fault.status if fault.act == "answer" else 0
    weight = BY_WS_METHOD[method].cost(params) if method in BY_WS_METHOD else _SESSION_WEIGHT
    venue.records.went(Request(at, received, "WS", method, shown(params), weight, status, error_code, outcome))
    if answer is not None:
        connection.send(answer)
    elif fault is not None and fault.act == "reset":
        connection.cut()


def _parsed(text: str) -> tuple[Any, str, dict[str, str], RefusedError | None]:
    nothing: dict[str, str] = {}
    try:
        message = json.loads(text)
    except ValueError:
        return None, "", nothing, bad_request(-1135, "Invalid JSON Request")
    if not isinstance(message, dict) or not isinstance(message.get("method"), str):
        return None, "", nothing, bad_request(-1102, "Mandatory parameter 'method' was not sent, was empty/null.")
    sent = message.get("params", {})
    if not isinstance(sent, dict):
        return message.get("id"), message["method"], nothing, bad_request(-1135, "Invalid JSON Request")
    params = {name: _as_text(value) for name, value in sent.items()}
    method = message["method"].removeprefix("v3/")
    return message.get("id"), method, params, None if "id" in message else missing("id")


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def _answer(
    venue: Venue,
    connection: Connection,
    told_id: Any,
    method: str,
    params: dict[str, str],
    problem: RefusedError | None,
) -> dict[str, Any]:
    now = time.time()
    answer: dict[str, Any] = {"id": told_id, "status": 200}
    try:
        cost = BY_WS_METHOD[method].cost(params) if method in BY_WS_METHOD else _SESSION_WEIGHT
        venue.weights.spend(connection.address, cost, now)
        if problem is not None:
            raise problem
        answer["result"] = _result(venue, connection, method, params)
    except RefusedError as refused:
        answer["status"], answer["error"] = refused.status, dict(refused.body)
        if refused.retry_after is not None:
            until = venue.now_ms() + refused.retry_after * 1000
            answer["error"]["data"] = {"serverTime": venue.now_ms(), "retryAfter": until}
    used = venue.weights.used(connection.address, now)
    answer["rateLimits"] = [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": venue.weights.limit,
         "count": used}
    ]  # fmt: skip
    return answer


def _result(venue: Venue, connection: Connection, method: str, params: Mapping[str, str]) -> Any:
    if method in _SESSION:
        return _SESSION[method](venue, connection, params)
    endpoint = BY_WS_METHOD.get(method)
    if endpoint is None:
        raise bad_request(-1000, f"Unknown method: {method}")
    known = dict(endpoint.parameters)
    if endpoint.signed:
        _prove(venue, params, trade=endpoint.trades)
        known |= _WITH_KEY
    return endpoint.answer(venue, read(list(params.items()), known))


def _prove(venue: Venue, params: Mapping[str, str], *, trade: bool) -> None:
    venue.key.check(params.get("apiKey"), trade=trade)
    if not params.get("signature"):
        raise missing("signature")
    check_time(params, venue.now_ms())
    venue.key.check_signature(sorted_payload(params), params["signature"])


def _log_on(venue: Venue, connection: Connection, params: Mapping[str, str]) -> Any:
    _prove(venue, params, trade=False)
    raise bad_request(-4056, "HMAC_SHA256 API key is not supported.")


def _subscribe_session(venue: Venue, connection: Connection, params: Mapping[str, str]) -> Any:
    # Only a session that has logged on may, and no HMAC key can.
    raise RefusedError(401, -1002, "You are not authorized to execute this request.")


def _subscribe(venue: Venue, connection: Connection, params: Mapping[str, str]) -> Any:
    _prove(venue, params, trade=False)
    read(list(params.items()), _WITH_KEY)
    number = venue.user_data.subscribe(connection)
    if number is None:
        raise bad_request(-2035, "User Data Stream subscription already active.")
    return {"subscriptionId": number}


def _unsubscribe(venue: Venue, connection: Connection, params: Mapping[str, str]) -> Any:
    read(list(params.items()), {"subscriptionId": Parameter(LONG)})
    ended = venue.user_data.of(connection)
    if "subscriptionId" in params:
        ended = [each for each in ended if str(each.number) == params["subscriptionId"]]
        if not ended:
            raise bad_request(-2036, "User Data Stream subscription not active.")
    venue.user_data.end(ended, venue.now_ms())
    return {}


def _subscriptions(venue: Venue, connection: Connection, params: Mapping[str, str]) -> Any:
    return [{"subscriptionId": each.number} for each in venue.user_data.of(connection)]


def _status(venue: Venue, connection: Connection, params: Mapping[str, str]) -> Any:
    return {
        "apiKey": None, "authorizedSince": None, "connectedSince": venue.now_ms(), "returnRateLimits": True,
        "serverTime": venue.now_ms(), "userDataStream": bool(venue.user_data.of(connection)),
    }  # fmt: skip


_SESSION: dict[str, Callable[[Venue, Connection, Mapping[str, str]], Any]] = {
    "session.logon": _log_on,
    "session.logout": _status,
    "session.status": _status,
    "session.subscriptions": _subscriptions,
    "userDataStream.subscribe": _subscribe_session,
    "userDataStream.subscribe.signature": _subscribe,
    "userDataStream.unsubscribe": _unsubscribe,
}
