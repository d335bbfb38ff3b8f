"""What integration tests stand on: a fresh, migrated store of each kind, a clock that stands."""

import datetime as dt
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from service.audience.erased import ErasureMarks
from service.audience.lists import create_list
from service.audience.models import NewsletterList
from service.audience.values import ListSettings
from service.clock import FixedClock
from service.db.database import Database
from service.db.migrate import upgrade
from service.editions.plan import plan_due
from service.embedded.postgres import EmbeddedPostgres
from tests.factories.store import make_insight, make_list, make_subscription

SUNDAY_MORNING = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)
TEMPLATE = "podbrief_template"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(SUNDAY_MORNING)


@dataclass(frozen=True)
class Ran:
    """What a command said, and its exit status."""

    code: int
    out: str
    err: str


@pytest.fixture
def podbrief(
    database: Database,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Ran]:
    """Runs `podbrief …` as its entry point does, on the test's own store and clock."""
    command = import_module("service.cli.app")  # here: other tests need not load every command
    context = import_module("service.cli.context").context
    monkeypatch.setitem(context.__dict__, "database", database)
    monkeypatch.setattr(context, "clock", clock)
    keys = [b"a key of the tests"]
    monkeypatch.setitem(context.__dict__, "signing_keys", keys)
    monkeypatch.setitem(context.__dict__, "marks", ErasureMarks(keys))

    def run(*words: str) -> Ran:
        monkeypatch.setattr("sys.argv", ["podbrief", *words])
        capsys.readouterr()
        try:
            command.main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run


@pytest.fixture
def morning(database: Database, clock: FixedClock) -> NewsletterList:
    settings = ListSettings(
        from_email="brief@podbrief.example",
        postal_address="1 Quay, Port",
        timezone="Asia/Tokyo",
        hour="6",
    )
    with database.transaction() as session:
        return create_list(session, slug="morning", settings=settings, now=clock.now())


@pytest.fixture
def planned(database: Database, clock: FixedClock) -> Database:
    """Seven briefs of one edition, planned and not yet sent."""
    with database.transaction() as session:
        newsletter = make_list(session)
        for _ in range(6):
            make_insight(session)
        for _ in range(7):
            make_subscription(session, newsletter)
    plan_due(database, now=clock.now())
    return database


@pytest.fixture
def bring(
    podbrief: Callable[..., Ran], tmp_path: Path, morning: NewsletterList
) -> Callable[..., Ran]:
    """Imports lines into the list `morning`."""

    def bring(*lines: str, options: tuple[str, ...] = ()) -> Ran:
        path = tmp_path / "people.csv"
        path.write_bytes("\r\n".join(lines).encode())
        return podbrief("subscribers", "import", str(path), "--list", "morning", *options)

    return bring


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated store nobody else uses; it is gone after the test."""
    kind = "sqlite_url" if request.param == "sqlite" else "postgresql_url"
    url: str = request.getfixturevalue(kind)
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same store on SQLite and on PostgreSQL: a test that takes it runs on both."""
    store = Database(database_url)
    yield store
    store.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_sqlite: Path) -> str:
    target = tmp_path / "podbrief.db"
    shutil.copyfile(migrated_sqlite, target)
    return f"sqlite:///{target}"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    store = Database(f"sqlite:///{path}")
    upgrade(store)
    store.dispose()  # the last connection writes the log back, so that one file is all
    return path


@pytest.fixture
def postgresql_url(postgresql: EmbeddedPostgres, migrated_postgresql: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with closing(postgresql.connect()) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_postgresql}")
        yield postgresql.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: EmbeddedPostgres) -> str:
    with closing(postgresql.connect()) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    store = Database(postgresql.url(TEMPLATE))
    upgrade(store)
    store.dispose()
    return TEMPLATE


@pytest.fixture(scope="session")
def postgresql(short_folder: Callable[[], Path]) -> Iterator[EmbeddedPostgres]:
    """One server a test process; durability is off, for it outlives no test run."""
    root = short_folder()
    server = EmbeddedPostgres(
        root / "data",
        sockets=root / "s",
        options={"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"},
    )
    server.start()
    yield server
    server.stop(immediate=True)


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Callable[[], Path]]:
    """Makes folders for sockets: tmp_path is often too deep for a socket's 107 bytes."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="pb-", dir="/tmp")))
        made[-1].chmod(0o711)  # a server that had to become nobody passes through
        return made[-1]

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def open_with(
    database: Database, database_url: str, clock: FixedClock, tmp_path: Path
) -> Iterator[Callable[..., Any]]:
    """Opens the site with settings of sign-up."""
    open_site = import_module("tests.factories.web_visit").open_site
    with ExitStack() as opened:

        def open_with(web: dict[str, Any] | None = None, **signup: Any) -> Any:
            more = {"signup": signup} | ({"web": web} if web else {})
            site = open_site(database, database_url, clock, tmp_path, more_settings=more)
            return opened.enter_context(site)

        yield open_with


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A store in which nothing has been made."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / 'empty.db'}"
        else:
            server = request.getfixturevalue("postgresql")
            name = f"empty_{uuid.uuid4().hex[:12]}"
            connection = stack.enter_context(closing(server.connect()))
            connection.execute(f"CREATE DATABASE {name}")
            stack.callback(connection.execute, f"DROP DATABASE {name} WITH (FORCE)")
            url = server.url(name)
        database = Database(url)
        stack.callback(database.dispose)
        yield database
