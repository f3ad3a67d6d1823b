"""yfinance's way to Yahoo, cookies and crumb included, with an address, a patience and a judgement of our own.

Of yfinance this takes the part that knows how Yahoo wants to be asked. Its tables are left out: they resample half
hours on whole UTC hours, answer past ranges from a cache that remembers failures too, and swallow the answer's status
and headers, without which a refusal cannot be told from a failure. Importing this module takes seconds.
"""

import logging
import time
from typing import Any
from urllib.parse import quote, urlsplit

from curl_cffi import requests
from yfinance.data import YfData

from adapters.live.reading import seconds_in

CHART = "/v8/finance/chart/"
_HOST = "https://query2.finance.yahoo.com"
_COOKIE_PAGE = "https://fc.yahoo.com"
_SHARE_OF_PAGES = 0.4
# Yahoo's last word: yfinance would ask for another cookie and crumb and then the same once more.
_FINAL = frozenset({400, 404, 422, 429})

# Each cookie that it cannot have is a warning to yfinance; what comes of it is told by us, once.
logging.getLogger("yfinance").setLevel(logging.ERROR)


class ChartRefusedError(Exception):
    """Yahoo has answered with an error of its own; never leaves this package."""

    def __init__(self, response: Any) -> None:
        self.status = int(response.status_code)
        self.retry_after = seconds_in(response.headers.get("Retry-After"))
        self.code, self.description = _error(response)
        super().__init__(self.status, self.code, self.description)


class OutOfTimeError(Exception):
    """All that one question may take is used up; never leaves this package."""


class YahooSession(requests.Session[Any]):
    """A session that keeps to one question's time, wherever yfinance goes to have it answered.

    Parameters
    ----------
    address : str, optional
        Where everything is sent to instead of Yahoo's hosts.
    """

    def __init__(self, address: str | None) -> None:
        super().__init__(impersonate="chrome")
        self.address = address.rstrip("/") if address else None
        self.until = 0.0
        self.patience = 0.0
        self._cookie_page: Any = None

    def request(self, method: Any, url: str, *args: Any, **options: Any) -> Any:
        """Send a request; see `ChartRefusedError` for what becomes of errors."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise OutOfTimeError
        if url == _COOKIE_PAGE and self.cookies and self._cookie_page is not None:
            # yfinance asks for it before each question, unless it has kept the cookie on disk.
            return self._cookie_page
        is_chart = urlsplit(url).path.startswith(CHART)
        # Where its pages are blocked, charts may be had without a cookie: they must leave time for that.
        options["timeout"] = min(left, self.patience * (1 if is_chart else _SHARE_OF_PAGES))
        response = super().request(method, self._addressed(url), *args, **options)
        if url == _COOKIE_PAGE:
            self._cookie_page = response
        if is_chart and (response.status_code in _FINAL or response.status_code >= 500):
            raise ChartRefusedError(response)
        return response

    def _addressed(self, url: str) -> str:
        if self.address is None:
            return url
        parts = urlsplit(url)
        return f"{self.address}{parts.path or '/'}{parts.query and f'?{parts.query}'}"


class _Data(YfData):
    """yfinance's way without its database of cookies, which all its users on a machine share and wait for."""

    def _load_cookie_curlCffi(self) -> bool:  # noqa: N802
        return False

    def _save_cookie_curlCffi(self) -> bool:  # noqa: N802
        return False


class Asker:
    """One client of Yahoo with cookies of its own; used by one thread at a time."""

    def __init__(self, address: str | None) -> None:
        self._session = YahooSession(address)
        # Past the singleton, whose one session is that of whoever came last.
        self._data: _Data = type.__call__(_Data, session=self._session)

    def ask(self, symbol: str, params: dict[str, Any], patience: float) -> Any:
        """Return Yahoo's answer, whatever its status below 500 that yfinance could not mend; takes twice `patience`.

        Raises
        ------
        ChartRefusedError
            If it answers with an error.
        Exception
            Whatever yfinance and curl raise if it does not answer.
        """
        self._session.patience = patience
        self._session.until = time.monotonic() + 2 * patience
        response = self._data.get(f"{_HOST}{CHART}{quote(symbol, safe='=.-')}", params=params, timeout=patience)
        if response.status_code >= 400:
            raise ChartRefusedError(response)
        return response

    def stop(self) -> None:
        """Begin nothing new; may be called while another thread asks."""
        self._session.until = 0.0

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()


def _error(response: Any) -> tuple[str, str]:
    """Return code and description, which Yahoo puts under the name of whichever part of it refuses."""
    try:
        body = response.json()
        for part in body.values():
            if isinstance(part, dict) and isinstance(part.get("error"), dict):
                error = part["error"]
                return str(error.get("code") or ""), str(error.get("description") or "")[:300]
    except (ValueError, AttributeError, RecursionError):
        pass
    return "", ""
