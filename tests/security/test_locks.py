"""What is installed: named by its content, from no address, under licences that do not reach over to a bot."""

import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "locks").glob("*.lock"))
RUN = ROOT / "locks" / "run.lock"
ENTRY = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9-]*)==(?P<version>([0-9]+!)?[0-9][0-9a-z.+]*)(?P<marker> ; [^\\\n]+)?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n",
    re.MULTILINE,
)
# Permissive, or such that only changes to the library itself must be given on (LGPL, MPL).
ALLOWED = re.compile(
    r"(apache( software license|-2\.0| 2\.0)?|((3-clause|2-clause) )?bsd( license|-[23]-clause)?|0bsd|isc|zlib|cc0-1\.0"
    r"|mit( license|-0|-cmu)?|psf-2\.0|python software foundation license"
    r"|mpl-2\.0|mozilla public license 2\.0 \(mpl 2\.0\)"
    r"|lgpl-3\.0-(only|or-later)|gnu lesser general public license v3( or later)? \(lgplv3\+?\))",
    re.IGNORECASE,
)
# These two add the licence that they have beside the one that they are under.
BSD_AND_OTHER = {"aeventkit", "ib-async"}


def entries(lock: Path) -> dict[str, str]:
    return {found["name"]: found["version"] for found in ENTRY.finditer(lock.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_is_one_version_named_by_its_content(lock: Path) -> None:
    """Nothing is left over: no address, no index, no option, no package without its hashes."""
    assert ENTRY.sub("", lock.read_text(encoding="utf-8")) == ""
    assert entries(lock)


def test_a_package_without_a_hash_or_from_an_address_would_be_seen() -> None:
    for line in (
        "left-pad==1.0",
        "left-pad @ https://example.com/x.whl",
        "--extra-index-url https://example.com",
        "a>=1",
    ):
        assert ENTRY.sub("", f"{line}\n") == f"{line}\n"


def test_what_the_program_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["postgres"]
    names = {re.split(r"[\[<>=;]", each)[0].strip().replace("_", "-").lower() for each in asked}
    assert names - entries(RUN).keys() == set()


def test_tests_and_image_have_the_same_packages() -> None:
    run, dev = entries(RUN), entries(ROOT / "locks" / "dev.lock")
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize("file", ["Dockerfile", "scripts/setup.py"])
def test_nothing_is_installed_whose_content_is_not_the_locked_one(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", "")
    installs = [command for command in re.split(r"&&|\n", text) if re.search(r"[\s\"]-r[\s\"]", command)]
    assert installs
    for line in installs:
        assert "--require-hashes" in line, line
        assert re.search(r"--only-binary\W+:all:", line), line


def licences(package: Distribution) -> list[str]:
    """Return what a package says of its licence, the clearest word first."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return re.split(r" (?:AND|OR) ", expression)
    told = [
        each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier") or () if each.startswith("License ::")
    ]
    if told:
        return told
    if word := (metadata.get("License") or "").strip():
        return re.split(r" (?:AND|OR) ", word.splitlines()[0])
    texts = [Path(str(package.locate_file(file))) for file in package.files or () if file.name.startswith("LICEN")]
    # The words of the MIT licence, where a package says nothing else.
    granted = "Permission is hereby granted, free of charge, to any person obtaining a copy"
    return ["MIT"] if any(granted in text.read_text(encoding="utf-8") for text in texts) else []


@pytest.mark.parametrize("name", entries(RUN))
def test_a_bot_needs_no_package_whose_licence_reaches_over_to_it(name: str) -> None:
    try:
        package = distribution(name)
    except PackageNotFoundError:
        marked = re.search(rf"^{re.escape(name)}==\S+ ; ", RUN.read_text(encoding="utf-8"), re.MULTILINE)
        assert marked, f"{name} is locked for every system, and not installed"
        pytest.skip(f"{name} is for other systems")
    found = licences(package)
    if name in BSD_AND_OTHER:
        found = [each for each in found if each != "Other/Proprietary License"]
    assert found, f"{name} does not say under which licence it is"
    assert [each for each in found if not ALLOWED.fullmatch(each)] == []


@pytest.mark.parametrize("word", ["GPL-3.0-only", "AGPL-3.0-or-later", "Other/Proprietary License", "SSPL-1.0", ""])
def test_other_licences_are_seen(word: str) -> None:
    assert not ALLOWED.fullmatch(word)
