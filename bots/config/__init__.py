"""The document: what a bot is told before it starts. These models are its only definition."""

from bots.config.document import Document
from bots.config.load import document_from_bytes, load_document, parse_document
from bots.config.market import Broker, Data, Trading
from bots.config.outputs import Email, Logging, Notifications, Telegram
from bots.config.safety import RiskManagement, TrailingStop
from bots.config.schema import json_schema
from bots.config.strategy import EntryLogic, ExitLogic, Strategy
from bots.config.types import BrokerType, DataSource, Event, Interval, Level, Mode

__all__ = [
    "Broker",
    "BrokerType",
    "Data",
    "DataSource",
    "Document",
    "Email",
    "EntryLogic",
    "Event",
    "ExitLogic",
    "Interval",
    "Level",
    "Logging",
    "Mode",
    "Notifications",
    "RiskManagement",
    "Strategy",
    "Telegram",
    "Trading",
    "TrailingStop",
    "document_from_bytes",
    "json_schema",
    "load_document",
    "parse_document",
]
