"""Settings are read as typed, and a typing error stops the start with the nearest name."""

import stat
import threading
from pathlib import Path

import pytest

from service.config import Settings, read_settings, setting_names
from service.errors import ConfigurationError

LONG_KEY = "k" * 48


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """The `.env` the settings look at, as tests/conftest.py places it."""
    return tmp_path / ".env"


def refusal(**overrides: object) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read_settings(**overrides)
    return str(refused.value)


def settings_or_refusal() -> Settings | str:
    try:
        return read_settings()
    except ConfigurationError as error:
        return str(error)


def test_without_any_setting_everything_is_local():
    settings = read_settings()
    assert settings.home == Path("var")
    assert settings.uses_catcher
    assert settings.database_url == f"sqlite:///{Path('var').resolve()}/podbrief.db"
    assert settings.public_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("name", "value", "group", "field", "expected"),
    [
        ("PODBRIEF_SMTP_MAX_CONNECTIONS", "3", "smtp", "max_connections", 3),
        ("PODBRIEF_SMTP_MAX_PER_SECOND", "2.5", "smtp", "max_per_second", 2.5),
        ("PODBRIEF_SMTP_VERIFY_CERTIFICATE", "false", "smtp", "verify_certificate", False),
        ("PODBRIEF_POSTMARK_BATCH_SIZE", "75", "postmark", "batch_size", 75),
        ("PODBRIEF_MAIL_UNSUBSCRIBE_MAILTO", "u@x.org", "mail", "unsubscribe_mailto", "u@x.org"),
        ("PODBRIEF_WORKER_PLAN_SILENCE_SECONDS", "45", "worker", "plan_silence_seconds", 45),
        ("PODBRIEF_CATCHER_SMTP_PORT", "0", "catcher", "smtp_port", 0),
        ("podbrief_web_port", "81", "web", "port", 81),
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_name_of_many_words_reaches_its_group(
    place: str,
    name: str,
    value: str,
    group: str,
    field: str,
    expected: object,
    env_file: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    if place == "file":
        env_file.write_text(f"{name}={value}\n")
    else:
        monkeypatch.setenv(name, value)
    assert getattr(getattr(read_settings(), group), field) == expected


@pytest.mark.parametrize("name", setting_names())
def test_every_name_that_is_listed_is_read(name: str, monkeypatch: pytest.MonkeyPatch):
    before = read_settings()
    monkeypatch.setenv(name, "@")  # a text like any other, and no number, choice or web address
    read = settings_or_refusal()
    assert read != before
    assert isinstance(read, Settings) or read.startswith(f"{name}: ")


def test_the_environment_wins_over_the_file(env_file: Path, monkeypatch: pytest.MonkeyPatch):
    env_file.write_text("PODBRIEF_WEB_PORT=1\nPODBRIEF_WEB_HOST=0.0.0.0\n")
    monkeypatch.setenv("PODBRIEF_WEB_PORT", "2")
    settings = read_settings()
    assert (settings.web.port, settings.web.host) == (2, "0.0.0.0")


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("PODBRIEF_SMTP_PASSWORD", None),
        ("PODBRIEF_SMTP_URLL", "PODBRIEF_SMTP_URL"),
        ("PODBRIEF_DATABSE_URL", "PODBRIEF_DATABASE_URL"),
        ("PODBRIEF_POSTMARK_BATCHSIZE", "PODBRIEF_POSTMARK_BATCH_SIZE"),
        ("PODBRIEF_SECRETKEY", "PODBRIEF_SECRET_KEY"),
        ("podbrief_hom", "PODBRIEF_HOME"),
        ("PODBRIEF_SMTP", None),  # a whole group as JSON would go round the check
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_an_unknown_name_of_ours_is_refused_and_the_nearest_named(
    place: str, wrong: str, nearest: str | None, env_file: Path, monkeypatch: pytest.MonkeyPatch
):
    if place == "file":
        env_file.write_text(f"{wrong}=hunter2\n")
    else:
        monkeypatch.setenv(wrong, "hunter2")
    said = refusal()
    assert said.startswith(f"{wrong} in {env_file if place == 'file' else 'the environment'} ")
    assert nearest is None or f"Did you mean {nearest}?" in said
    assert "hunter2" not in said


def test_names_that_are_not_ours_are_nobodys_business(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
):
    env_file.write_text("COMPOSE_PROJECT_NAME=x\nSMTP_URL=y\nMY_PODBRIEF_HOME=z\nPODBRIEFING=1\n")
    monkeypatch.setenv("XPODBRIEF_HOME", "elsewhere")
    assert read_settings() == Settings()


def test_every_fault_has_a_line_of_its_own(env_file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PODBRIEF_SMTP_MAX_CONNECTIONS", "many")
    monkeypatch.setenv("PODBRIEF_WEB_PORT", "70000")
    env_file.write_text("PODBRIEF_SMTP_AUTH=kerberos\nPODBRIEF_PUBLIC_URL=brief.example.org\n")
    lines = refusal().splitlines()
    assert sorted(line.partition(": ")[0] for line in lines) == [
        "PODBRIEF_PUBLIC_URL",
        "PODBRIEF_SMTP_AUTH",
        "PODBRIEF_SMTP_MAX_CONNECTIONS",
        "PODBRIEF_WEB_PORT",
    ]


def test_two_unknown_names_are_two_lines(env_file: Path, monkeypatch: pytest.MonkeyPatch):
    env_file.write_text("PODBRIEF_HOUSE=1\n")
    monkeypatch.setenv("PODBRIEF_NOISE", "1")
    assert len(refusal().splitlines()) == 2


def test_a_secret_is_in_no_text_of_the_settings():
    settings = read_settings(
        smtp={"url": "smtp://ana:hunter2@mail.example.org"},
        postmark={"token": "pm-hunter2"},
        secret={"key": LONG_KEY, "old_keys": "hunter2" * 5},
        database={"url": "postgresql+psycopg://p:hunter2@db/podbrief"},
        broker={"url": "redis://:hunter2@broker"},
    )
    for text in (str(settings), repr(settings), settings.model_dump_json()):
        assert "hunter2" not in text
        assert LONG_KEY not in text


@pytest.mark.parametrize(
    "real", [{"smtp": {"url": "smtp://mail.example.org"}}, {"postmark": {"token": "t"}}]
)
def test_real_mail_needs_the_sites_address(real: dict[str, dict[str, str]]):
    settings = read_settings(**real)
    with pytest.raises(ConfigurationError, match="PODBRIEF_PUBLIC_URL is not set"):
        settings.public_url  # noqa: B018 - reading it is the deed
    settings = read_settings(**real, public={"url": "https://brief.example.org/mail/"})
    assert settings.public_url == "https://brief.example.org/mail"


@pytest.mark.parametrize("url", ["brief.example.org", "ftp://x", "https://", "https://a b", ""])
def test_an_address_of_the_site_that_is_none_is_refused(url: str):
    assert refusal(public={"url": url}).startswith("PODBRIEF_PUBLIC_URL: ")


def test_the_key_is_made_once_and_for_our_eyes_only(tmp_path: Path):
    home = tmp_path / "new" / "home"
    first = read_settings(home=home).signing_keys()
    assert read_settings(home=home).signing_keys() == first
    assert len(first[0]) >= 32
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600


def test_parts_that_start_at_once_agree_on_the_key(tmp_path: Path):
    parts = 8
    for number in range(25):
        settings = read_settings(home=tmp_path / str(number))
        ready, found = threading.Barrier(parts), list[object]()

        def start(settings=settings, ready=ready, found=found) -> None:
            ready.wait()
            try:
                found.append(settings.signing_keys()[0])
            except ConfigurationError as error:
                found.append(error)

        threads = [threading.Thread(target=start) for _ in range(parts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == parts
        assert len(set(found)) == 1


def test_a_key_that_is_set_is_used_and_none_is_made(tmp_path: Path):
    settings = read_settings(home=tmp_path, secret={"key": LONG_KEY, "old_keys": " a, ,b ,"})
    assert settings.signing_keys() == [LONG_KEY.encode(), b"a", b"b"]
    assert not (tmp_path / "secret.key").exists()


def test_a_short_key_is_refused():
    with pytest.raises(ConfigurationError, match="shorter than 32"):
        read_settings(secret={"key": "k" * 31}).signing_keys()


def test_settings_cannot_be_changed_once_read():
    with pytest.raises(ValueError, match="frozen"):
        read_settings().home = Path("/elsewhere")  # type: ignore[misc]  # the point of it
