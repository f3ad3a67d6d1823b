"""What `tradingbot console` takes, and what it says of what it cannot take."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bots.cli import main
from bots.commands.consoling import channels_from
from strategies.errors import StartError

TELEGRAM = {"TELEGRAM_BOT_TOKEN": "123456789:AAF-staged_0123456789abcdefghijklmno", "TELEGRAM_CHAT_IDS": "42,43"}
BOT = ["--bot", "a=http://127.0.0.1:8080"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "name the bots by --bot NAME=URL"),
        (["--bot", "a"], "is no NAME=URL"),
        (["--bot", "a=ftp://x"], "is no NAME=URL"),
        (["--bot", "a=http://x:99999"], "is no NAME=URL"),
        (["--bot", "=http://x"], "is no NAME=URL"),
        ([*BOT, *BOT], "named twice"),
        ([*BOT, "--namespace", "desk"], "not both"),
        (BOT, "there is nobody to tell"),
        (["--key-file", "nowhere"], "this is no pod"),
        ([*BOT, "--web-port", "0"], "for bots of a folder there is tradingbot web"),
        # With pages nobody has to be told anything.
        (["--key-file", "nowhere", "--web-port", "0"], "this is no pod"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    options: list[str], words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (*TELEGRAM, "SMTP_HOST", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["console", *options])
    assert result.exit_code == 1
    assert words in result.output
    assert result.output.count("\n") == 1


async def test_the_variables_say_who_is_told_and_everything_may_be() -> None:
    channels = channels_from(TELEGRAM)
    assert len(channels) == 2
    assert channels[0].kinds == {"trade_entry", "trade_exit", "error", "status", "daily_summary"}
    for channel in channels:
        await channel.close()


def test_a_variable_that_is_malformed_ends_the_console_with_its_name() -> None:
    with pytest.raises(StartError, match="TELEGRAM_CHAT_IDS"):
        channels_from(TELEGRAM | {"TELEGRAM_CHAT_IDS": "me"})


async def test_email_is_a_channel_of_the_console_too() -> None:
    variables = {"SMTP_HOST": "127.0.0.1", "EMAIL_FROM": "bots@example.org", "EMAIL_TO": "a@example.org,b@example.org"}
    channels = channels_from(TELEGRAM | variables)
    assert [channel.name.partition("/")[0] for channel in channels] == ["telegram", "telegram", "email", "email-2"]
    for channel in channels:
        await channel.close()
