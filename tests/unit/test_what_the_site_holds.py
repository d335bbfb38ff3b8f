"""A web process holds only what its pages need, and gives back what it needed for a moment."""

import subprocess
import sys

from service.config import ROOT


def told_by(program: str) -> str:
    """Return what a process of its own prints, which has loaded nothing that tests load."""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return ran.stdout.strip()


def test_what_draws_pictures_reads_texts_and_rings_is_not_loaded_until_it_is_asked_for():
    found = told_by(
        "import sys, service.embedded.run, service.web.app\n"
        "dear = {'PIL', 'tokenizers', 'safetensors', 'celery', 'kombu', 'redis', 'torch'}\n"
        "print(sorted(dear & set(sys.modules)))"
    )
    assert found == "[]"


def test_what_many_arrays_took_for_a_moment_is_given_back():
    held = told_by(
        "from pathlib import Path\n"
        "from service.embedded.allocator import give_memory_back\n"
        "def held():\n"
        "    lines = Path('/proc/self/status').read_text().splitlines()\n"
        "    return next(int(one.split()[1]) for one in lines if one.startswith('VmRSS'))\n"
        "give_memory_back()\n"
        "before = held()\n"
        "one = bytearray(30_000_000)\n"
        "del one\n"  # from now on glibc would keep pieces of up to this size
        "many = [bytearray(1_000_000) for _ in range(60)]\n"
        "last = many[-1]\n"  # stands in the way of what lies below it
        "del many\n"
        "print((held() - before) // 1_024)"
    )
    assert int(held) < 10
