"""A floor for the console: FastAPI and uvicorn with one fixed page; python -m tests.bench.bare_page FILE."""

import asyncio
import sys
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import HTMLResponse

from bots.web.serving import Serving


async def _serve(page: str) -> None:
    app = FastAPI()

    @app.get("/")
    async def _page() -> HTMLResponse:
        return HTMLResponse(page)

    print(await Serving(app).start("127.0.0.1", 0), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]).read_text(encoding="utf-8")))
