"""The doorbell's settings are those that faults in the field call for, and it never hangs."""

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.config import read_settings
from service.errors import UnavailableError
from service.jobs import (
    ALL_QUEUES,
    LONGEST_SOCKET_PATH,
    PUBLISH_TIMEOUT_SECONDS,
    QUEUES,
    TICKING,
    VISIBILITY_TIMEOUT_SECONDS,
    Doorbell,
    Job,
    broker_socket,
    broker_url,
    celery_settings,
    queue_lengths,
    runtime_folder,
)
from service.sending.transports.smtp_timeouts import SmtpTimeouts
from service.setting_groups import TimingSettings

TCP = "redis://127.0.0.1:1/0"


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The machine's folder for passing things, ours alone in this test."""
    runtime_folder.cache_clear()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    runtime_folder.cache_clear()


def test_a_task_ends_before_it_is_cut_and_is_cut_before_it_is_given_to_another():
    timing = TimingSettings()
    soft, hard = timing.soft_limit_seconds, timing.hard_limit_seconds
    assert (timing.drain_seconds, timing.dot_seconds, soft, hard) == (60, 600, 840, 900)
    assert SmtpTimeouts().after_dot == timing.dot_seconds
    assert timing.drain_seconds + timing.dot_seconds < soft < hard < VISIBILITY_TIMEOUT_SECONDS


def test_the_settings_every_installation_runs_with(tmp_path: Path):
    found = celery_settings(read_settings(home=tmp_path, broker={"url": TCP}))
    assert (
        found
        | {
            "task_serializer": "json",
            "result_serializer": "json",
            "accept_content": ["json"],
            "result_accept_content": ["json"],
            "result_backend": None,
            "task_ignore_result": True,
            "task_store_errors_even_if_ignored": False,
            "task_acks_late": False,
            "task_reject_on_worker_lost": False,
            "worker_cancel_long_running_tasks_on_connection_loss": False,
            "worker_prefetch_multiplier": 1,
            "worker_eta_task_limit": 100,
            "task_time_limit": 900,
            "task_soft_time_limit": 840,
            "visibility_timeout": 3600,
            "broker_connection_retry_on_startup": True,
            "broker_connection_max_retries": None,
            "worker_soft_shutdown_timeout": 25,
            "worker_max_tasks_per_child": 500,
            "worker_max_memory_per_child": 400_000,
            "worker_send_task_events": False,
            "enable_utc": True,
            "timezone": "UTC",
            "beat_max_loop_interval": 5,
        }
        == found
    )
    options = found["broker_transport_options"]
    assert (
        options
        | {
            "visibility_timeout": 3600,
            "socket_keepalive": True,
            "health_check_interval": 25,
            "retry_on_timeout": True,
            "socket_connect_timeout": 5,
            "global_keyprefix": "brief:",
        }
        == options
    )


def test_no_task_runs_inside_who_asks_for_it(tmp_path: Path):
    found = celery_settings(read_settings(home=tmp_path))
    assert not found.get("task_always_eager")


def test_beat_asks_at_plain_intervals(tmp_path: Path):
    found = celery_settings(read_settings(home=tmp_path, beat={"tick_seconds": 12}))
    schedule = found["beat_schedule"].values()
    assert {entry["task"] for entry in schedule} == {job.value for job in TICKING}
    assert {entry["schedule"] for entry in schedule} == {12}


def test_every_job_goes_to_a_queue_somebody_listens_to(tmp_path: Path):
    assert set(QUEUES) == set(Job)
    assert set(QUEUES.values()) <= set(ALL_QUEUES)
    routes = celery_settings(read_settings(home=tmp_path))["task_routes"]
    assert routes == {job.value: {"queue": QUEUES[job]} for job in Job}


def test_apps_that_share_a_broker_are_kept_apart_by_the_prefix(tmp_path: Path):
    settings = read_settings(home=tmp_path, broker={"url": TCP, "prefix": "other:"})
    options = celery_settings(settings)["broker_transport_options"]
    assert options["global_keyprefix"] == "other:"


@pytest.mark.parametrize(
    "name",
    ["d" * 50, "d" * 60, "d" * 66, "d" * 200, "ü" * 40, "🎧" * 25],
    ids=["50", "60", "66", "200", "40 of two bytes", "25 of four bytes"],
)
def test_a_sockets_path_is_short_enough_wherever_temporary_files_lie(
    name: str, temporary: Path, monkeypatch: pytest.MonkeyPatch
):
    with tempfile.TemporaryDirectory(prefix="pb-", dir="/tmp") as short:
        deep = Path(short) / name
        deep.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(deep))
        path = broker_socket(temporary / ("home" * 50))
        try:
            assert len(os.fsencode(path)) <= LONGEST_SOCKET_PATH
            with socket.socket(socket.AF_UNIX) as line:
                line.bind(str(path))
        finally:
            path.unlink(missing_ok=True)
            path.parent.rmdir()


def test_a_home_has_one_folder_and_another_home_another(temporary: Path):
    assert runtime_folder(temporary / "a") == runtime_folder(temporary / "b" / ".." / "a")
    assert runtime_folder(temporary / "a") != runtime_folder(temporary / "b")
    assert runtime_folder(temporary / "a").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777])
def test_a_folder_others_may_enter_is_refused(temporary: Path, mode: int):
    runtime_folder(temporary / "home").chmod(mode)
    runtime_folder.cache_clear()
    with pytest.raises(UnavailableError, match="not ours alone: remove it"):
        runtime_folder(temporary / "home")


def test_a_link_laid_in_our_way_is_refused(temporary: Path):
    folder = runtime_folder(temporary / "home")
    folder.rmdir()
    (temporary / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(temporary / "elsewhere")
    runtime_folder.cache_clear()
    with pytest.raises(UnavailableError, match="not ours alone"):
        runtime_folder(temporary / "home")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(temporary: Path):
    os.chown(runtime_folder(temporary / "home"), 65534, 65534)
    runtime_folder.cache_clear()
    with pytest.raises(UnavailableError, match="not ours alone"):
        runtime_folder(temporary / "home")


def test_a_file_in_its_place_is_refused_in_a_sentence(temporary: Path):
    folder = runtime_folder(temporary / "home")
    folder.rmdir()
    folder.write_text("")
    runtime_folder.cache_clear()
    with pytest.raises(UnavailableError):
        runtime_folder(temporary / "home")


def test_without_a_broker_of_ones_own_it_is_the_homes_socket(temporary: Path):
    settings = read_settings(home=temporary / "home")
    assert broker_url(settings).startswith("redis+socket:///")
    assert str(broker_socket(temporary / "home")) in broker_url(settings)


@contextlib.contextmanager
def nobody_at_the_socket(home: Path) -> Iterator[str]:
    yield f"redis+socket://{broker_socket(home)}?virtual_host=0"


@contextlib.contextmanager
def nobody_at_the_port(_home: Path) -> Iterator[str]:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def one_who_never_answers(_home: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        yield f"redis://127.0.0.1:{mute.getsockname()[1]}/0"


@contextlib.contextmanager
def one_who_never_answers_at_the_socket(home: Path) -> Iterator[str]:
    path = broker_socket(home)
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(path))
        mute.listen(8)
        yield f"redis+socket://{path}?virtual_host=0"


@pytest.mark.timeout(15)
@pytest.mark.parametrize(
    "broker",
    [
        nobody_at_the_socket,
        nobody_at_the_port,
        one_who_never_answers,
        one_who_never_answers_at_the_socket,
    ],
)
def test_a_broker_that_is_away_or_mute_costs_two_seconds_and_no_error(broker, temporary: Path):
    with broker(temporary) as url:
        doorbell = Doorbell(read_settings(home=temporary, broker={"url": url}))
        began = time.monotonic()
        assert doorbell.ring(Job.DELIVER) is False
        assert time.monotonic() - began < PUBLISH_TIMEOUT_SECONDS + 3


@pytest.mark.parametrize("broker", [nobody_at_the_socket, nobody_at_the_port])
def test_asking_for_the_queues_without_a_broker_says_how_to_mend_it(broker, temporary: Path):
    with broker(temporary) as url, pytest.raises(UnavailableError, match="podbrief up"):
        queue_lengths(read_settings(home=temporary, broker={"url": url}))
