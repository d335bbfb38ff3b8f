"""The embedded PostgreSQL takes a small share of the memory there is."""

from pathlib import Path

import pytest

from service.embedded import memory
from service.embedded.memory import memory_mb, shared_buffers_mb


@pytest.mark.parametrize(
    ("there_is", "taken"), [(512, 64), (1_024, 64), (2_048, 128), (4_096, 256), (65_536, 256)]
)
def test_the_share_has_bounds(there_is: int, taken: int):
    assert shared_buffers_mb(there_is) == taken


def test_a_container_counts_as_a_machine_of_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_LIMITS", (tmp_path / "none", limit))
    machine = memory_mb()
    limit.write_text("max\n")
    assert memory_mb() == machine
    limit.write_text(f"{64 * 1024 * 1024}\n")
    assert memory_mb() == 64
    limit.write_text(f"{2**63 - 4096}\n")  # how older kernels say: none
    assert memory_mb() == machine
