"""The audit log: one line for each action, whatever is in it, and never more than so much."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.web import auditing
from bots.web.auditing import ADDRESS, AuditLog
from bots.web.bots import Who
from tests.web.audited import audited

OLGA = Who("olga")


def test_a_line_says_who_did_what_when_and_from_where(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.log", lambda: datetime(2026, 11, 23, 16, 0, 0, 5000, UTC))
    before = ADDRESS.set("192.0.2.1")
    log.note(Who("olga", "api"), "halt", "trend", mode="close-positions", lots=3, exact=1.5, why=None)
    ADDRESS.reset(before)

    assert audited(tmp_path) == [
        {
            "time": "2026-11-23T16:00:00.005Z",
            "user": "olga",
            "way": "api",
            "address": "192.0.2.1",
            "action": "halt",
            "bot": "trend",
            "outcome": "done",
            "more": {"mode": "close-positions", "lots": 3, "exact": 1.5, "why": None},
        }
    ]


@pytest.mark.parametrize(
    "nasty", ["a\nb", 'x"}\n{"user": "root"', "\x1b[2J", "\u2028\u2029\x85", "\r\x00\x07", "\udcff", "\u202egnp"]
)
def test_whatever_somebody_types_stays_one_line_that_steers_no_terminal(tmp_path: Path, nasty: str) -> None:
    log = AuditLog(tmp_path / "audit.log")
    log.note(Who(nasty), nasty, nasty, nasty, reason=nasty, **{nasty: [nasty, {nasty: nasty}]})

    written = (tmp_path / "audit.log").read_bytes()
    assert written.count(b"\n") == 1
    assert written.isascii()
    assert written[:-1].decode().isprintable()
    assert audited(tmp_path)[0]["user"] == nasty


def test_what_is_named_like_a_secret_is_not_written(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.log")
    log.note(OLGA, "save", "trend", password="geheim", api_key="geheim", document={"Telegram_Token": "geheim", "a": 1})

    assert "geheim" not in (tmp_path / "audit.log").read_text()
    assert audited(tmp_path)[0]["more"]["document"] == {"Telegram_Token": "(not written)", "a": 1}
    assert "geheim" not in repr(log.last(10))


def test_what_json_cannot_say_is_written_as_text(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.log")
    log.note(OLGA, "x", nan=float("nan"), path=tmp_path, long="y" * 5000, many=(1, "b"))

    more = audited(tmp_path)[0]["more"]
    assert (more["nan"], more["path"], more["many"]) == ("nan", str(tmp_path), [1, "b"])
    assert len(more["long"]) == 2003


def test_old_lines_go_so_that_the_disk_does_not_fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "_BYTES_EACH", 1000)
    log = AuditLog(tmp_path / "audit.log")
    for number in range(100):
        log.note(OLGA, "halt", f"bot{number}")

    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["audit.log", *(f"audit.log.{n}" for n in range(1, 5))]
    assert all(file.stat().st_size <= 1000 for file in files)
    kept = [json.loads(line)["bot"] for file in reversed(files[1:]) for line in file.read_text().splitlines()]
    kept += [line["bot"] for line in audited(tmp_path)]
    assert kept == [f"bot{number}" for number in range(100 - len(kept), 100)]


def test_twenty_megabytes_are_all_it_takes() -> None:
    assert auditing._BYTES_EACH * (auditing._OLDER + 1) == 20_000_000


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    AuditLog(tmp_path / "web" / "audit.log").note(OLGA, "login")

    assert (tmp_path / "web" / "audit.log").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "web").stat().st_mode & 0o777 == 0o700


def test_without_a_file_lines_go_to_the_process_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tradingbot.web.audit")
    AuditLog().note(OLGA, "halt", "trend")

    assert json.loads(caplog.records[0].getMessage())["action"] == "halt"


def test_a_disk_that_cannot_be_written_loses_no_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tradingbot.web.audit")
    (tmp_path / "audit.log").mkdir()
    AuditLog(tmp_path / "audit.log").note(OLGA, "halt", "trend")

    told = [record.getMessage() for record in caplog.records]
    assert told[0].startswith("cannot write ")
    assert json.loads(told[1])["bot"] == "trend"


def test_the_last_lines_come_newest_first_also_after_a_start_and_over_rotated_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "_BYTES_EACH", 1000)
    log = AuditLog(tmp_path / "audit.log")
    for number in range(8):
        log.note(OLGA, "halt", f"bot{number}")
    assert len(list(tmp_path.iterdir())) == 2

    for each in (log, AuditLog(tmp_path / "audit.log")):
        assert [line["bot"] for line in each.last(3)] == ["bot7", "bot6", "bot5"]
        assert len(each.last(100)) == 8


def test_a_line_that_was_cut_by_a_full_disk_is_passed_over(tmp_path: Path) -> None:
    AuditLog(tmp_path / "audit.log").note(OLGA, "halt", "one")
    with (tmp_path / "audit.log").open("ab") as file:
        file.write(b'{"time": "2026\n[1]\n\xff\n')
    AuditLog(tmp_path / "audit.log").note(OLGA, "halt", "two")

    assert [line["bot"] for line in AuditLog(tmp_path / "audit.log").last(9)] == ["two", "one"]


def test_two_consoles_of_one_folder_do_not_mix_their_lines(tmp_path: Path) -> None:
    logs = [AuditLog(tmp_path / "audit.log") for _ in range(2)]
    for number in range(50):
        logs[number % 2].note(OLGA, "halt", f"bot{number}")

    assert [line["bot"] for line in audited(tmp_path)] == [f"bot{number}" for number in range(50)]
    assert [file.name for file in tmp_path.iterdir()] == ["audit.log"]
