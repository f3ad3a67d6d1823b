"""Documents as they stand in TradingBots: read as text, checked, and put in each other's place."""

import json
from collections.abc import Mapping
from typing import Any

from bots.config import Document, document_from_bytes
from bots.resource.manifest import variables
from bots.web.bots import Written
from bots.web.in_cluster.found import Key, version_of
from bots.web.in_cluster.resources import Body, Resources
from strategies.errors import ChangedMeanwhileError, DocumentError, Fault

_TRIES = 5


async def read(resources: Resources, key: Key) -> Written:
    """Return a bot's document."""
    return written(await resources.get(key))


async def save(resources: Resources, key: Key, text: str, version: str) -> Body:
    """Put a text in a document's place; see `Bots.save`."""
    config, _ = checked(".".join(key), text)
    for last in range(_TRIES - 1, -1, -1):
        body = await resources.get(key)
        if version_of((body.get("spec") or {}).get("config")) != version:
            break
        try:
            return await resources.replace(key, config, str(body["metadata"]["resourceVersion"]))
        except ChangedMeanwhileError:
            # The operator writes the status with every bar: that is no other document.
            if not last:
                raise
    raise ChangedMeanwhileError(
        f"the document of {'.'.join(key)} was changed by somebody else meanwhile: look at it as it is now, and change "
        "that"
    )


async def create(resources: Resources, key: Key, text: str, secret: str | None) -> Body:
    """Make a bot that is suspended; one that needs variables gets them from the Secret of its own name, or another."""
    config, document = checked(".".join(key), text)
    named = secret or (key[1] if variables(document) or document.mode == "live" else None)
    reference = {"secretRef": {"name": named}} if named else {}
    return await resources.create(key, {"suspend": True, **reference, "config": config})


def checked(name: str, text: str) -> tuple[Mapping[str, Any], Document]:
    """Return a document's values, which are good.

    Raises
    ------
    DocumentError
        If they are not.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        told = Fault("document", "holds half a character, which no file can")
        raise DocumentError(name, [told]) from error
    document = document_from_bytes(content, name)
    values = json.loads(content.decode("utf-8-sig"))
    # The API server has the schema itself.
    return {key: value for key, value in values.items() if key != "$schema"}, document


def written(body: Body) -> Written:
    """Return the document of a resource."""
    config = (body.get("spec") or {}).get("config")
    return Written(json.dumps(config, indent=2, ensure_ascii=False) + "\n", version_of(config))
