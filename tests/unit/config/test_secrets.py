"""Secrets do not belong in a document; one that is found there is refused, named and never repeated."""

import pytest

from tests.unit.config.documents import faults_of, full, put

SECRET = "hunter2-7f3a9c"


@pytest.mark.parametrize(
    ("place", "variable"),
    [
        ("api_key", "BINANCE_API_KEY"),
        ("broker.apiKey", "BINANCE_API_KEY"),
        ("broker.api_secret", "BINANCE_API_SECRET"),
        ("broker.API-SECRET", "BINANCE_API_SECRET"),
        ("BINANCE_API_SECRET", "BINANCE_API_SECRET"),
        ("notifications.telegram.token", "TELEGRAM_BOT_TOKEN"),
        ("notifications.telegram.bot_token", "TELEGRAM_BOT_TOKEN"),
        ("telegram.credentials.token", "TELEGRAM_BOT_TOKEN"),
        ("notifications.telegram.chat_ids", "TELEGRAM_CHAT_IDS"),
        ("notifications.email.password", "SMTP_PASSWORD"),
        ("notifications.email.smtp_host", "SMTP_HOST"),
        ("notifications.email.smtp.port", "SMTP_PORT"),
        ("notifications.email.user", "SMTP_USER"),
        ("notifications.email.from", "EMAIL_FROM"),
        ("notifications.email.to", "EMAIL_TO"),
        ("strategy.entry_logic.params.token", "TELEGRAM_BOT_TOKEN"),
    ],
)
@pytest.mark.parametrize("value", [SECRET, [SECRET], {"value": SECRET}], ids=["text", "list", "object"])
def test_a_secret_is_sent_to_the_environment(place: str, variable: str, value: object) -> None:
    faults = faults_of(put(full(), place, value))
    assert faults[place] == f"does not belong in a document, remove it and set the environment variable {variable}"
    assert SECRET not in str(faults)


@pytest.mark.parametrize(
    "place", ["broker", "broker.key", "notifications.telegram", "trading.comment", "data.headers", "strategy.params"]
)
@pytest.mark.parametrize("value", [SECRET, [SECRET], {"token": SECRET}], ids=["text", "list", "object"])
def test_a_secret_in_an_odd_place_is_not_repeated_either(place: str, value: object) -> None:
    assert SECRET not in str(faults_of(put(full(), place, value)))


def test_the_keys_of_a_good_document_are_not_taken_for_secrets() -> None:
    assert list(faults_of(put(full(), "broker.commission", -1))) == ["broker.commission"]
