"""The number under which a bot is known to a gateway, made from its name. Pure."""

import hashlib

# Zero is the gateway's own and small numbers are what people give out by hand. Nine digits still fit its 32 bits.
LOWEST, HIGHEST = 100_000, 999_999_999


def client_id_for(name: str) -> int:
    """Return a name's client id: the same in every run, another for another name as good as always.

    Two of a thousand bots share one about once in two thousand times. The gateway then refuses the second of them,
    and `broker.client_id` settles it.
    """
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    return LOWEST + digest % (HIGHEST - LOWEST + 1)
