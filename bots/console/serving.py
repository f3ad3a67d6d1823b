"""The console's own HTTP: /healthz, /readyz and /metrics."""

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from bots.seen.rebinding import is_this_machine, refuse_other_names
from strategies.errors import PortTakenError


class Serving:
    """Serves what probes and Prometheus ask.

    Parameters
    ----------
    registry : CollectorRegistry
        The metrics.
    ailment, unready : callable
        Say why the console is not alive, or not ready; nothing where it is.
    """

    def __init__(self, registry: CollectorRegistry, ailment: Callable[[], str], unready: Callable[[], str]) -> None:
        self._registry, self._ailment, self._unready = registry, ailment, unready
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> str:
        """Listen and return the address.

        Raises
        ------
        PortTakenError
            If the port is in use.
        """
        app = web.Application(middlewares=[refuse_other_names] if is_this_machine(host) else [])
        app.add_routes(
            [
                web.get("/healthz", self._probe(self._ailment)),
                web.get("/readyz", self._probe(self._unready)),
                web.get("/metrics", self._metrics),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self.stop()
            raise PortTakenError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error
        name, listening = self._runner.addresses[0][:2]
        return f"http://[{name}]:{listening}" if ":" in name else f"http://{name}:{listening}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _probe(self, reason: Callable[[], str]) -> Handler:
        async def probe(_request: web.Request) -> web.Response:
            told = reason()
            return web.json_response({"ok": not told, "reasons": [told] if told else []}, status=503 if told else 200)

        return probe

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})
