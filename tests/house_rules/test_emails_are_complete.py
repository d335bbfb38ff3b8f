"""An email is a folder with its HTML, its text, its subject and a sample to look at."""

import json
from pathlib import Path

import pytest

from service.config import TEMPLATES

EMAILS = sorted(folder for folder in (TEMPLATES / "email").iterdir() if folder.is_dir())
NEEDED = ("body.mjml", "body.txt", "sample.json", "subject.txt")


def test_there_are_emails():
    assert EMAILS


@pytest.mark.parametrize("folder", EMAILS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("name", NEEDED)
def test_an_email_has_all_its_files(folder: Path, name: str):
    assert (folder / name).read_text("utf-8").strip()


@pytest.mark.parametrize("folder", EMAILS, ids=lambda folder: folder.name)
def test_the_sample_is_an_object(folder: Path):
    assert isinstance(json.loads((folder / "sample.json").read_text("utf-8")), dict)
