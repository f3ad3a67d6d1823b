"""A double of Yahoo Finance, as yfinance 1.7 asks it: cookie, consent, crumb, charts. On 127.0.0.1, in a thread."""

import asyncio
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Self

from aiohttp import web

from tests.venues.yahoo.answers import RefusedError, asked_range, chart
from tests.venues.yahoo.faults import Failure, Faults
from tests.venues.yahoo.listing import Listing

_COOKIE = "A3"
_PARAMETERS = {"range", "period1", "period2", "interval", "includePrePost", "events", "crumb", "region", "lang"}


@dataclass(frozen=True)
class Asked:
    """A request that the double has received, and when by the market's clock."""

    path: str
    query: Mapping[str, str]
    time: datetime
    status: int

    @property
    def is_chart(self) -> bool:
        return self.path.startswith("/v8/finance/chart/")


class YahooDouble:
    """Yahoo on a port of its own.

    Parameters
    ----------
    listings : Listing
        The symbols that it knows.
    now : callable
        The market's clock; the machine's by default.
    """

    def __init__(
        self,
        *listings: Listing,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.listings = {listing.symbol: listing for listing in listings}
        self.faults = Faults()
        self.requests: list[Asked] = []
        self.http_url = ""
        self.now = now
        self._crumb = secrets.token_urlsafe(8)
        self._cookies: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="yahoo-double", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the double of Yahoo has not started")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Listen no more; may be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    @property
    def chart_requests(self) -> list[Asked]:
        """The questions about charts."""
        return [asked for asked in self.requests if asked.is_chart]

    def expire_crumb(self) -> None:
        """Take the crumb that was given no more."""
        self._crumb = secrets.token_urlsafe(8)

    def expire_cookies(self) -> None:
        """Take neither the cookies nor the crumb that were given any more."""
        self._cookies.clear()
        self.expire_crumb()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        app = web.Application(middlewares=[self._recorded])
        app.router.add_get("/", self._cookie_page)
        app.router.add_get("/v1/test/getcrumb", self._get_crumb)
        app.router.add_get("/consent", self._consent_page)
        app.router.add_post("/v2/collectConsent", self._collect_consent)
        app.router.add_get("/copyConsent", self._copy_consent)
        app.router.add_get("/v8/finance/chart/{symbol}", self._chart)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.http_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    @web.middleware
    async def _recorded(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        status = 0
        try:
            response: web.StreamResponse = await handler(request)
            status = response.status
        except RefusedError as refused:
            status = refused.status
            response = web.json_response(refused.body, status=status)
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            self.requests.append(Asked(request.path, dict(request.query), self.now(), status))
        response.headers["Date"] = format_datetime(self.now(), usegmt=True)
        return response

    async def _cookie_page(self, _: web.Request) -> web.Response:
        await self._hang_as_told()
        # The page whose cookie yfinance wants is none.
        return self._with_cookie(web.Response(status=404, text="Not Found"))

    async def _get_crumb(self, request: web.Request) -> web.Response:
        if request.cookies.get(_COOKIE) not in self._cookies:
            raise RefusedError(401, "Unauthorized", "Invalid Cookie", "finance")
        return web.Response(text=self._crumb)

    async def _consent_page(self, _: web.Request) -> web.Response:
        await self._hang_as_told()
        page = '<form><input name="csrfToken" value="t0k3n"/><input name="sessionId" value="5e551on"/></form>'
        return web.Response(text=f"<html><body>{page}</body></html>", content_type="text/html")

    async def _collect_consent(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("csrfToken") != "t0k3n" or form.get("sessionId") != "5e551on":
            raise RefusedError(400, "Bad Request", "Invalid consent", "finance")
        return web.Response(text="")

    async def _copy_consent(self, _: web.Request) -> web.Response:
        return self._with_cookie(web.Response(text=""))

    async def _hang_as_told(self) -> None:
        if self.faults.hangs_pages:
            await asyncio.sleep(3600)

    def _with_cookie(self, response: web.Response) -> web.Response:
        value = secrets.token_hex(8)
        self._cookies.add(value)
        response.set_cookie(_COOKIE, value, max_age=31_557_600, httponly=True)
        return response

    async def _chart(self, request: web.Request) -> web.StreamResponse:
        if self.faults.failures:
            return await self._failed(request, self.faults.failures.popleft())
        cookie, crumb = request.cookies.get(_COOKIE), request.query.get("crumb")
        if cookie not in self._cookies:
            raise RefusedError(401, "Unauthorized", "User is unable to access this feature", "finance")
        if crumb != self._crumb:
            raise RefusedError(401, "Unauthorized", "Invalid Crumb", "finance")
        if odd := set(request.query) - _PARAMETERS:
            raise RefusedError(400, "Bad Request", f"Unknown parameters {sorted(odd)}")
        listing = self.listings.get(request.match_info["symbol"])
        if listing is None:
            raise RefusedError(404, "Not Found", "No data found, symbol may be delisted")
        return web.json_response(self._answer(listing, request.query))

    async def _failed(self, request: web.Request, failure: Failure) -> web.StreamResponse:
        if failure.kind == "hang":
            await asyncio.sleep(3600)
        if failure.kind == "reset" and request.transport is not None:
            request.transport.abort()
        if failure.kind == "missing":
            raise RefusedError(404, "Not Found", "No data found, symbol may be delisted")
        if failure.kind == "nothing":
            return web.json_response({"chart": {"result": None, "error": None}})
        if failure.kind == "page":
            return web.Response(text="<html>Will be right back...</html>", content_type="text/html")
        if failure.status == 429:
            headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
            return web.Response(status=429, text="Too Many Requests\r\n", headers=headers)
        error = {"code": "Internal Server Error", "description": "The server encountered an error"}
        return web.json_response({"chart": {"result": None, "error": error}}, status=failure.status)

    def _answer(self, listing: Listing, query: Mapping[str, str]) -> Any:
        now = self.now()
        interval, begin, end = asked_range(query, now)
        return chart(listing, self.faults, query, interval, begin, end, now)
