"""Where Binance's worlds are. Pure."""

from dataclasses import dataclass

from adapters.feeds import Endpoints


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base addresses of REST, market streams and the web-socket API, without a slash at the end."""

    http: str
    streams: str
    ws_api: str


_WORLDS = {
    "live": Addresses(
        "https://api.binance.com", "wss://stream.binance.com:9443", "wss://ws-api.binance.com:443/ws-api/v3"
    ),
    "testnet": Addresses(
        "https://testnet.binance.vision",
        "wss://stream.testnet.binance.vision",
        "wss://ws-api.testnet.binance.vision/ws-api/v3",
    ),
    "demo": Addresses(
        "https://demo-api.binance.com", "wss://demo-stream.binance.com", "wss://demo-ws-api.binance.com/ws-api/v3"
    ),
}


def addresses(environment: str, endpoints: Endpoints) -> Addresses:
    """Return where an environment is, or where the document says it is."""
    world = _WORLDS[environment]
    ws = endpoints.ws.rstrip("/") if endpoints.ws else None
    return Addresses(
        http=(endpoints.http or world.http).rstrip("/"),
        streams=ws or world.streams,
        ws_api=f"{ws}/ws-api/v3" if ws else world.ws_api,
    )
