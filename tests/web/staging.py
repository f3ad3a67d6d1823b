"""A console with two users, made ready for a test: `olga` may operate, `vera` may view.

async with signed_in(app, "olga") as client:
    assert (await client.get("/")).status_code == 200

async with served(app) as address:
    ...  # a browser, an event stream
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from bots.web.app import Reach, make_app
from bots.web.auditing import AuditLog
from bots.web.backtests.running import Backtests
from bots.web.bots import Bots
from bots.web.console import Console
from bots.web.login.doors import Doors
from bots.web.login.roles import Role
from bots.web.login.users import User, UsersFile, written
from bots.web.serving import Serving

SITE = "http://localhost:5000"
PASSWORDS = {"olga": "olga operates bots", "vera": "vera views them all"}
_ROLES = {"olga": Role.OPERATOR, "vera": Role.VIEWER}


def kept(password: str) -> str:
    """Return a hash that is cheap to look at: tests log in often."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


_KEPT = {name: kept(password) for name, password in PASSWORDS.items()}


def write_users(file: Path, **users: User) -> Path:
    """Write a file of users: olga, vera and those that are named."""
    mine = {name: User(name, _ROLES[name], _KEPT[name]) for name in PASSWORDS}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(written({**mine, **users}))
    return file


def stage(bots: Bots, folder: Path, *, backtests: Backtests | None = None, reach: Reach | None = None) -> FastAPI:
    """Return the application of a console with these bots; its users and its audit log lie in the folder."""
    users = UsersFile(write_users(folder / "users.json"))
    audit = AuditLog(folder / "audit.log")
    console = Console(bots, Doors(users), audit, backtests or Backtests(folder))
    return make_app(console, reach)


@asynccontextmanager
async def anybody(app: FastAPI, site: str = SITE) -> AsyncIterator[httpx.AsyncClient]:
    """Ask an application, without the network; nobody is logged in."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=site) as client:
        yield client


@asynccontextmanager
async def signed_in(app: FastAPI, user: str, site: str = SITE) -> AsyncIterator[httpx.AsyncClient]:
    """Ask an application as one of its users; every request carries the CSRF token.

    Begin the application's life first where it matters: `async with living(app)`.
    """
    async with anybody(app, site) as client:
        await sign_in(client, user, PASSWORDS[user])
        yield client


async def sign_in(client: httpx.AsyncClient, user: str, password: str) -> None:
    """Log in; from now on the client has the cookie and shows the token."""
    answer = await client.post("/login", data={"user": user, "password": password})
    assert answer.status_code == 303, f"{user} cannot log in: {answer.status_code} {answer.text}"
    client.headers["X-CSRF-Token"] = (await client.get("/api/v1/session")).json()["csrf"]


@asynccontextmanager
async def living(app: FastAPI) -> AsyncIterator[FastAPI]:
    """Begin and end what an application lives by, as a server does."""
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application in this loop, on a free port of this machine; gives its address."""
    async with living(app):
        serving = Serving(app)
        # By its name: a browser trusts http://localhost as it does https.
        address = await serving.start("127.0.0.1", 0)
        try:
            yield address
        finally:
            await serving.stop()


@contextmanager
def served_in_thread(make: Callable[[], FastAPI]) -> Iterator[str]:
    """Make and serve an application in a thread with a loop of its own, for whatever blocks; gives its address."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=_run, args=(loop,), name="console", daemon=True)
    thread.start()

    async def made() -> Any:
        opened = served(make())
        return opened, await opened.__aenter__()

    try:
        opened, address = asyncio.run_coroutine_threadsafe(made(), loop).result(30)
        try:
            yield address
        finally:
            asyncio.run_coroutine_threadsafe(opened.__aexit__(None, None, None), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.run_until_complete(_settle())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


async def _settle() -> None:
    """Let what was closed in the last turn be told so in the one after: a connection is let go of there."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
