"""What Nautilus asks an execution client at a start, left to the bot: its journal knows, and it asks by itself."""

from nautilus_trader.execution.reports import FillReport, OrderStatusReport, PositionStatusReport
from nautilus_trader.live.execution_client import LiveExecutionClient


class UnreconciledClient(LiveExecutionClient):
    """An execution client that reports nothing of the past."""

    async def generate_order_status_report(self, command: object) -> None:
        """Know of no order."""

    async def generate_order_status_reports(self, command: object) -> list[OrderStatusReport]:
        """Know of no orders."""
        return []

    async def generate_fill_reports(self, command: object) -> list[FillReport]:
        """Know of no fills."""
        return []

    async def generate_position_status_reports(self, command: object) -> list[PositionStatusReport]:
        """Know of no positions."""
        return []
