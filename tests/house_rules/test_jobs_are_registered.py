"""Every job somebody may ring for is a task the workers know, and the reverse."""

import shutil
import subprocess
import sys

from service.jobs import QUEUES, Job, runtime_folder

LIST_TASKS = (
    "from workers.app import app; app.loader.import_default_modules(); "
    "print(*sorted(n for n in app.tasks if not n.startswith('celery.')), sep='\\n')"
)


def test_the_workers_know_exactly_our_jobs(tmp_path):
    # A process of its own: importing the workers reads the settings of whoever imports them.
    listing = subprocess.run(
        [sys.executable, "-c", LIST_TASKS],
        check=False,
        capture_output=True,
        text=True,
        env={"PODBRIEF_HOME": str(tmp_path)},
        cwd=tmp_path,
    )
    shutil.rmtree(runtime_folder(tmp_path))
    assert listing.returncode == 0, listing.stderr
    assert listing.stdout.split() == sorted(job.value for job in Job)


def test_every_job_has_its_queue():
    assert set(QUEUES) == set(Job)
