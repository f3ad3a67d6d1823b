"""Where a venue is looked for: at its own address, unless the document says another."""

from typing import Annotated

from pydantic import Field, StringConstraints

from bots.config.types import Count, Section, Text

Url = Annotated[Text, StringConstraints(max_length=512, pattern=r"^https?://[^\s@]+$")]
SocketUrl = Annotated[Text, StringConstraints(max_length=512, pattern=r"^wss?://[^\s@]+$")]
Host = Annotated[Text, StringConstraints(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
Port = Annotated[Count, Field(ge=1, le=65_535)]
ClientId = Annotated[Count, Field(ge=1, le=2_000_000_000)]


class Endpoints(Section):
    """Another address than the venue's own, such as a proxy's: `http` and `ws` for Binance, `http` for Yahoo, `host` and `port` for Interactive Brokers."""  # noqa: E501

    http: Url | None = Field(
        default=None, description="Address of the REST interface.", examples=["http://127.0.0.1:8081"]
    )
    ws: SocketUrl | None = Field(
        default=None, description="Address of the web sockets.", examples=["ws://127.0.0.1:8081"]
    )
    host: Host | None = Field(
        default=None, description="Host of the gateway; null is this machine.", examples=["127.0.0.1"]
    )
    port: Port | None = Field(default=None, description="Port of the gateway; null is the paper gateway's, 4002.")
