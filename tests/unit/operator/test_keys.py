"""The tokens of the bots' changing API."""

import re
from pathlib import Path

import pytest

from bots.resource.keys import read_key, token_for
from seen import Key
from strategies.errors import StartError

BOT = Key("desk", "btc")


def test_a_token_is_the_hmac_of_namespace_and_name() -> None:
    """Computed with `printf %s desk/btc | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef`."""
    token = token_for(BOT, b"0123456789abcdef0123456789abcdef")
    assert token == "17d07c560ad74e0a325b39fe109839b8ba194334e42298fed6182b8c2be9ecd7"


def test_a_token_is_good_for_one_bot_of_one_operator() -> None:
    tokens = {
        token_for(bot, key) for bot in (BOT, Key("desk", "eth"), Key("other", "btc")) for key in (b"a" * 32, b"b" * 32)
    }
    assert len(tokens) == 6


def test_a_token_can_stand_in_a_header() -> None:
    assert re.fullmatch("[0-9a-f]{64}", token_for(BOT, b"a" * 32))


def test_a_key_is_read_without_the_line_end_that_an_editor_leaves(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"k" * 32 + b"\n")
    assert read_key(tmp_path / "key") == b"k" * 32


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 31 + b"\n"])
def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path, key: bytes) -> None:
    (tmp_path / "key").write_bytes(key)
    with pytest.raises(StartError, match="32 at least"):
        read_key(tmp_path / "key")


def test_a_missing_key_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=str(tmp_path / "key")):
        read_key(tmp_path / "key")
