"""Texts as commands: what is understood, and what is said of the rest."""

import pytest

from bots.notify.commands.reading import MENU, Command, Written, read, understand
from bots.trading.halts import HaltMode

ME = "my_bot"


def understood(text: str, *names: str) -> Command | str:
    written = read(text, ME)
    assert written is not None
    return understand(written, names)


@pytest.mark.parametrize(
    "text", ["", "hello", "/", "//halt", " / halt", "/halt@another_bot", "say /halt", "/статус", "/halt@", "/halt!"]
)
def test_what_is_no_command_of_ours_is_none(text: str) -> None:
    assert read(text, ME) is None


def test_a_command_is_read_in_any_case_and_with_the_bots_name() -> None:
    assert read("  /Halt@MY_bot 0001\n now ", ME) == Written("halt", True, ("0001", "now"))


@pytest.mark.parametrize("name", [name for name in MENU if name not in ("help", "version")])
def test_with_one_bot_its_name_may_be_left_out(name: str) -> None:
    assert understood(f"/{name}", "0001") == understood(f"/{name} 0001", "0001") == Command(name, ("0001",))


@pytest.mark.parametrize("name", ["halt", "close", "resume", "config", "logs", "daily", "trades"])
def test_with_many_bots_none_is_guessed(name: str) -> None:
    assert "which bot?" in str(understood(f"/{name}", "0001", "0002"))


def test_all_bots_can_be_named_together() -> None:
    assert understood("/halt all cancel-orders", "0001", "0002") == Command(
        "halt", ("0001", "0002"), HaltMode.CANCEL_ORDERS
    )
    assert understood("/status", "0001", "0002") == Command("status", ("0001", "0002"))
    assert "is about one bot" in str(understood("/logs all", "0001", "0002"))


@pytest.mark.parametrize("text", ["/halt 0002", "/close 001", "/halt now", "/resume 0001 please", "/halt CLOSE"])
def test_a_word_that_is_not_understood_changes_nothing(text: str) -> None:
    assert "no bot is called" in str(understood(text, "0001"))


def test_numbers_are_taken_within_reason() -> None:
    assert understood("/trades 0001 999", "0001") == Command("trades", ("0001",), count=20)
    assert understood("/daily 0", "0001") == Command("daily", ("0001",), count=1)


def test_a_bot_whose_name_is_a_number_is_meant_by_it() -> None:
    assert understood("/trades 7", "7") == Command("trades", ("7",))


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    assert understood("/stop", "0001") == "there is no /stop; /help lists what there is"
    assert understood("/resum", "0001") == 'there is no /resum; did you mean "/resume"?; /help lists what there is'


def test_no_bots_are_said_to_be_none() -> None:
    assert understood("/status") == "there are no bots"
