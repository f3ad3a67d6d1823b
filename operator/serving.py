"""The operator's own HTTP: /healthz, /readyz and /metrics."""

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder


class Server:
    """Serves what probes and Prometheus ask.

    Parameters
    ----------
    registry : CollectorRegistry
        The metrics.
    ailments, unready : callable
        Say why the operator is not alive, or not ready; nothing where it is.
    """

    def __init__(
        self, registry: CollectorRegistry, ailments: Callable[[], list[str]], unready: Callable[[], list[str]]
    ) -> None:
        self._registry, self._ailments, self._unready = registry, ailments, unready
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> None:
        """Listen on all addresses of the pod."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/healthz", self._probe(self._ailments)),
                web.get("/readyz", self._probe(self._unready)),
                web.get("/metrics", self._metrics),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, None, port).start()

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _probe(self, reasons: Callable[[], list[str]]) -> Handler:
        async def probe(_request: web.Request) -> web.Response:
            told = reasons()
            return web.json_response({"ok": not told, "reasons": told}, status=503 if told else 200)

        return probe

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})
