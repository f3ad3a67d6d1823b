"""The pages."""

from fastapi import FastAPI

from bots.web.pages import acting, backtesting, bot, editing, failing, fleet, looking_back, news


def install(app: FastAPI) -> None:
    """Serve the pages."""
    for module in (fleet, news, editing, backtesting, looking_back, acting, bot):
        app.include_router(module.router, include_in_schema=False)
    failing.install(app)
