"""The REST interface: each request is counted, proved, read and answered, unless something is to go wrong."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.venues.binance.auth import check_time, without_signature
from tests.venues.binance.connection import cut
from tests.venues.binance.endpoints import BY_REQUEST, PATHS, Endpoint
from tests.venues.binance.misbehaviour import Fault
from tests.venues.binance.parameters import read
from tests.venues.binance.records import Request, shown
from tests.venues.binance.refusals import RefusedError, bad_request, missing
from tests.venues.binance.venue import Venue
from tests.venues.binance.waiting import until_gone

_UNAVAILABLE = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"


@dataclass(slots=True)
class Answer:
    """What goes back: JSON, or a page where `body` is a string."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """The exchange's own code; 0 where there is none."""
        return int(self.body["code"]) if isinstance(self.body, dict) and "code" in self.body else 0

    def response(self) -> web.Response:
        """Return it for the wire."""
        if isinstance(self.body, str):
            return web.Response(status=self.status, text=self.body, content_type="text/html", headers=self.headers)
        text = json.dumps(self.body, separators=(",", ":"))
        return web.Response(status=self.status, text=text, content_type="application/json", headers=self.headers)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came over the wire."""

    method: str
    path: str
    query: str
    body: str
    key: str | None
    address: str

    @property
    def sent(self) -> list[tuple[str, str]]:
        """All parameters; what is in query and body counts by the query."""
        in_query = parse_qsl(self.query, keep_blank_values=True)
        names = {name for name, _ in in_query}
        return in_query + [pair for pair in parse_qsl(self.body, keep_blank_values=True) if pair[0] not in names]


async def handle(venue: Venue, request: web.Request) -> web.Response:
    """Answer a request of a client."""
    received, at = time.perf_counter_ns(), time.time()
    venue.records.came()
    path, _, query = request.raw_path.partition("?")
    asked = Asked(
        request.method, path, query, await request.text(), request.headers.get("X-MBX-APIKEY"), request.remote or ""
    )
    params, name = dict(asked.sent), f"{asked.method} {path}"
    answer = await _dealt_with(venue, request, asked, params, received, at)
    response = answer.response()
    try:
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        return response
    venue.watcher.answered(name, params, answer.status, answer.code)
    return response


async def _dealt_with(
    venue: Venue, request: web.Request, asked: Asked, params: Mapping[str, str], received: int, at: float
) -> Answer:
    name, weight = f"{asked.method} {asked.path}", 0

    def note(status: int, code: int, outcome: str) -> None:
        venue.records.went(
            Request(at, received, asked.method, asked.path, shown(params), weight, status, code, outcome)
        )  # fmt: skip

    if not await venue.watcher.arrives(name, params):
        note(0, 0, "lost on its way")
        return _cut(request)
    fault = venue.misbehave.take(name, params)
    if venue.is_in_maintenance:
        note(503, 0, "maintenance")
        return Answer(503, _UNAVAILABLE)
    if fault is not None and not fault.executed:
        await asyncio.sleep(fault.delay)
        if fault.act is not None:
            note(*_told(fault, "not executed"))
            return await _misbehave(fault, request)
    endpoint = BY_REQUEST.get((asked.method, asked.path))
    try:
        answer = _answer(venue, asked, endpoint, params)
    except Exception as error:
        note(500, 0, "the double failed")
        venue.records.complaints.append(f"the double itself failed at {name}: {error!r}")
        raise
    weight = endpoint.cost(params) if endpoint is not None else 0
    if fault is not None and fault.executed:
        await asyncio.sleep(fault.delay)
        if fault.act is not None:
            note(*_told(fault, f"executed: {answer.status} {answer.code}"))
            return await _misbehave(fault, request)
    note(answer.status, answer.code, "answered")
    return answer


def _answer(venue: Venue, asked: Asked, endpoint: Endpoint | None, params: Mapping[str, str]) -> Answer:
    if endpoint is None or (endpoint.path.startswith("/sapi/") and not venue.has_sapi):
        known = asked.path in PATHS and venue.has_sapi
        return Answer(405 if known else 404, f"<html><body><h2>{405 if known else 404}</h2></body></html>")
    headers: dict[str, str] = {}
    try:
        headers |= _count(venue, asked.address, endpoint, params)
        told = _deal(venue, asked, endpoint)
    except RefusedError as refused:
        if refused.retry_after is not None:
            headers["Retry-After"] = str(refused.retry_after)
        return Answer(refused.status, refused.body, headers)
    if endpoint.answer.__name__ == "place":
        counts = venue.order_counts.counts(time.time())
        headers |= {f"X-MBX-ORDER-COUNT-{name}": str(count) for name, count in counts.items()}
    return Answer(200, told, headers)


def _count(venue: Venue, address: str, endpoint: Endpoint, params: Mapping[str, str]) -> dict[str, str]:
    if endpoint.path.startswith("/sapi/"):
        used = venue.sapi_weights.spend(address, endpoint.cost(params), time.time())
        return {"X-SAPI-USED-IP-WEIGHT-1M": str(used)}
    used = venue.weights.spend(address, endpoint.cost(params), time.time())
    return {"X-MBX-USED-WEIGHT": str(used), "X-MBX-USED-WEIGHT-1M": str(used)}


def _deal(venue: Venue, asked: Asked, endpoint: Endpoint) -> Any:
    if asked.method == "GET" and asked.body:
        raise bad_request(-1101, "Too many parameters sent for this endpoint.")
    if endpoint.signed:
        venue.key.check(asked.key, trade=endpoint.trades)
        params = dict(asked.sent)
        if not params.get("signature"):
            raise missing("signature")
        check_time(params, venue.now_ms())
        venue.key.check_signature(without_signature(asked.query) + without_signature(asked.body), params["signature"])
    return endpoint.answer(venue, read(asked.sent, endpoint.known()))


def _told(fault: Fault, executed: str) -> tuple[int, int, str]:
    status = fault.status if fault.act == "answer" else 0
    return status, fault.code or 0, f"staged: {fault.act}, {executed}"


async def _misbehave(fault: Fault, request: web.Request) -> Answer:
    if fault.act == "hang":
        await until_gone(request)
    if fault.act != "answer":
        return _cut(request)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    body: Any = f"<html><body><h2>{fault.status}</h2></body></html>"
    if fault.code is not None:
        body = {"code": fault.code, "msg": fault.message}
    return Answer(fault.status, body, headers)


def _cut(request: web.Request) -> Answer:
    cut(request.transport)
    return Answer(500, "")
