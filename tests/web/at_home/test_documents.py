"""Documents in a folder: each is what its writer wrote, and none is lost."""

import asyncio
import stat
from pathlib import Path

import pytest

from bots import bot as running_bot
from bots.web.at_home.names import NAME
from bots.web.bots import OnLeaving
from strategies.errors import ChangedMeanwhileError, DocumentError, ManagingError, NameTakenError, NoSuchBotError
from tests.web.at_home.places import OLGA, Place, at_home


def text_of(place: Place, name: str) -> str:
    return (place.configs / f"{name}.json").read_bytes().decode()


@pytest.mark.parametrize("spelling", [lambda text: text.replace(", ", ",\r\n\t"), lambda text: "﻿" + text + "\n\n"])
async def test_a_document_is_read_and_saved_byte_for_byte(place: Place, spelling) -> None:  # type: ignore[no-untyped-def]
    file = place.document("0001")
    odd = spelling(file.read_text())
    async with at_home(place) as home:
        before = await home.document("0001")
        saved = await home.save("0001", odd, before.version, OLGA)
        assert file.read_bytes() == odd.encode()
        assert await home.document("0001") == saved
        assert saved.text == odd
        assert saved.version != before.version


async def test_what_somebody_else_saved_meanwhile_is_not_overwritten(place: Place) -> None:
    file = place.document("0001")
    async with at_home(place) as home:
        read = await home.document("0001")
        by_hand = file.read_text() + "\n"
        file.write_text(by_hand)
        with pytest.raises(ChangedMeanwhileError, match="changed by somebody else"):
            await home.save("0001", read.text.replace("1000", "2000"), read.version, OLGA)
    assert file.read_text() == by_hand


async def test_of_two_who_save_the_same_version_one_wins(place: Place) -> None:
    place.document("0001")
    async with at_home(place) as home:
        read = await home.document("0001")
        both = [home.save("0001", read.text + " " * spaces, read.version, OLGA) for spaces in (1, 2)]
        ends = await asyncio.gather(*both, return_exceptions=True)
    assert [type(end).__name__ for end in ends] == ["Written", "ChangedMeanwhileError"]
    assert text_of(place, "0001") == read.text + " "


async def test_a_saved_document_keeps_its_mode_and_stays_the_link_it_was(place: Place, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.json"
    place.document("0001").rename(target)
    target.chmod(0o640)
    (place.configs / "0001.json").symlink_to(target)
    async with at_home(place) as home:
        read = await home.document("0001")
        await home.save("0001", read.text + "\n", read.version, OLGA)
    assert (place.configs / "0001.json").is_symlink()
    assert target.read_text() == read.text + "\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [file.name for file in place.configs.iterdir()] == ["0001.json"]


async def test_a_document_with_faults_is_neither_saved_nor_made(place: Place) -> None:
    file = place.document("0001")
    before = file.read_bytes()
    async with at_home(place) as home:
        version = (await home.document("0001")).version
        with pytest.raises(DocumentError, match="trading"):
            await home.save("0001", "{}", version, OLGA)
        with pytest.raises(DocumentError, match="half a character"):
            await home.save("0001", '{"description": "\ud800"}', version, OLGA)
        with pytest.raises(DocumentError, match="trading"):
            await home.create("0002", "{}", OLGA)
    assert file.read_bytes() == before
    assert [each.name for each in place.configs.iterdir()] == ["0001.json"]


@pytest.mark.parametrize(
    "name", ["", "..", ".hidden", "../0002", "..%2fx", "a/b", "a\\b", "a\0b", "a b", "ä", "x" * 41, "-x", "a\n"]
)
async def test_a_name_that_leads_elsewhere_is_no_bots(place: Place, name: str) -> None:
    text = place.document("0001").read_text()
    async with at_home(place) as home:
        with pytest.raises(DocumentError, match="cannot name a bot"):
            await home.create(name, text, OLGA)
        for refused in (
            home.document(name),
            home.status(name),
            home.trades(name),
            home.log_tail(name, 5),
            home.save(name, text, "", OLGA),
            home.start(name, OLGA),
            home.stop(name, OnLeaving.KEEP, OLGA),
            home.delete(name, OnLeaving.KEEP, OLGA),
        ):
            with pytest.raises(NoSuchBotError):
                await refused
    assert sorted(file.name for file in place.configs.parent.rglob("*") if file.is_file()) == [
        "0001.json", "console.lock", "token"
    ]  # fmt: skip


def test_names_are_those_that_a_bot_takes_for_itself() -> None:
    assert NAME.pattern == running_bot._NAME.pattern


async def test_a_bot_is_made_once(place: Place) -> None:
    text = place.document("0001").read_text()
    async with at_home(place) as home:
        entry = await home.create("0002", text, OLGA)
        assert (entry.name, entry.row.state, entry.row.symbol, entry.wanted) == ("0002", "stopped", "BTCUSDT", False)
        for taken in ("0001", "0002"):
            with pytest.raises(NameTakenError, match=taken):
                await home.create(taken, text, OLGA)
        # Made by hand, a moment ago.
        (place.configs / "0003.json").write_text("by hand")
        with pytest.raises(NameTakenError, match="0003"):
            await home.create("0003", text, OLGA)
    assert text_of(place, "0003") == "by hand"


async def test_a_deleted_bots_document_can_be_fetched_back(place: Place) -> None:
    text = place.document("0001").read_text()
    place.journal("0001")
    async with at_home(place) as home:
        await home.delete("0001", OnLeaving.KEEP, OLGA)
        assert home.fleet() == ()
        with pytest.raises(NoSuchBotError):
            home.entry("0001")
        await home.create("0001", text, OLGA)
        await home.delete("0001", OnLeaving.KEEP, OLGA)
    kept = list((place.configs / ".deleted").iterdir())
    assert [each.read_text() for each in kept] == [text, text]
    assert all(each.name.startswith("0001-") for each in kept)
    assert (place.workdir / "journal" / "0001.paper.sqlite").exists()


async def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.document("0001")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with at_home(place) as home:
        read = await home.document("0001")
        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(ManagingError, match="0001 cannot be saved: No space left on device"):
            await home.save("0001", read.text + "\n", read.version, OLGA)
        monkeypatch.undo()
        assert await home.document("0001") == read
    assert [each.name for each in place.configs.iterdir()] == ["0001.json"]


async def test_a_file_that_is_no_text_is_told_as_such(place: Place) -> None:
    (place.configs / "0001.json").write_bytes(b'{"broker": "\xff"}')
    async with at_home(place) as home:
        with pytest.raises(DocumentError, match="UTF-8"):
            await home.document("0001")
