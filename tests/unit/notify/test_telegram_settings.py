"""What the environment must say for Telegram, and what is told where it does not."""

import pytest

from bots.notify.telegram.settings import API_URL, settings_from
from strategies.errors import StartError

TOKEN = "123456789:AAF-staged_0123456789abcdefghijklmno"
GOOD = {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_CHAT_IDS": "42"}


def test_several_chats_are_named_with_commas_and_each_counts_once() -> None:
    settings = settings_from(GOOD | {"TELEGRAM_CHAT_IDS": " 42, -1001234567890,,42 "})
    assert settings.chats == (42, -1001234567890)
    assert settings.url == API_URL


def test_a_token_with_its_line_end_is_that_token() -> None:
    assert settings_from(GOOD | {"TELEGRAM_BOT_TOKEN": f"{TOKEN}\n"}).token == TOKEN


def test_the_token_is_not_shown_with_the_settings() -> None:
    assert TOKEN not in repr(settings_from(GOOD))


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, ["TELEGRAM_BOT_TOKEN is not set", "TELEGRAM_CHAT_IDS is not set"]),
        (GOOD | {"TELEGRAM_BOT_TOKEN": "secret-things"}, ["TELEGRAM_BOT_TOKEN is no token"]),
        (GOOD | {"TELEGRAM_CHAT_IDS": f"42,{TOKEN}"}, ["entry 2 of TELEGRAM_CHAT_IDS is no chat id"]),
        (GOOD | {"TELEGRAM_CHAT_IDS": "@channel"}, ["entry 1 of TELEGRAM_CHAT_IDS"]),
        (GOOD | {"TELEGRAM_CHAT_IDS": "٣"}, ["entry 1 of TELEGRAM_CHAT_IDS"]),
        (GOOD | {"TELEGRAM_CHAT_IDS": "9" * 40}, ["entry 1 of TELEGRAM_CHAT_IDS"]),
        (GOOD | {"TELEGRAM_API_URL": "api.telegram.org"}, ["TELEGRAM_API_URL is no address"]),
        (GOOD | {"TELEGRAM_API_URL": "http://x:99999"}, ["TELEGRAM_API_URL is no address"]),
        (GOOD | {"TELEGRAM_API_URL": "http://{token}"}, ["TELEGRAM_API_URL is no address"]),
    ],
)
def test_what_is_missing_or_malformed_is_told_in_one_line_without_its_value(
    environ: dict[str, str], words: list[str]
) -> None:
    with pytest.raises(StartError) as raised:
        settings_from(environ)
    told = str(raised.value)
    assert all(word in told for word in words)
    assert told.isprintable()
    assert TOKEN not in told
    assert "secret-things" not in told
