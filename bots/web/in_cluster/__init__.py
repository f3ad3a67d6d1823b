"""The bots of a cluster: TradingBot resources, watched and changed through the API server, and their pods."""

from bots.web.in_cluster.bots import InClusterBots

__all__ = ["InClusterBots"]
