"""The least that reacts to a closed bar with an order: a socket, a signature, a request. Takes HTTP WS KEY SECRET."""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from itertools import count
from urllib.parse import urlencode

import aiohttp
from yarl import URL


async def main(http: str, ws: str, key: str, secret: str) -> None:
    """Buy on one closed bar and sell on the next, for ever."""
    numbers = count(1)
    async with aiohttp.ClientSession() as session:
        # As the bot's, its connection stands before it is needed.
        await (await session.get(f"{http}/api/v3/time")).read()
        async with session.ws_connect(f"{ws}/stream?streams=ethusdt@kline_1m/ethusdt@bookTicker") as stream:
            async for message in stream:
                data = json.loads(message.data)["data"]
                if data.get("e") != "kline" or not data["k"]["x"]:
                    continue
                number = next(numbers)
                asked = {
                    "symbol": "ETHUSDT", "side": "BUY" if number % 2 else "SELL", "type": "MARKET", "quantity": "0.1",
                    "newClientOrderId": f"bare-{number}", "newOrderRespType": "FULL", "recvWindow": 5000,
                    "timestamp": int(time.time() * 1000),
                }  # fmt: skip
                query = urlencode(asked)
                signed = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
                url = URL(f"{http}/api/v3/order?{query}&signature={signed}", encoded=True)
                async with session.post(url, headers={"X-MBX-APIKEY": key}) as answer:
                    await answer.read()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
