"""The sentence people agree to, in their language, and its version for the record of consent."""

import datetime as dt
import hashlib

from sqlalchemy.orm import Session

from service.audience.sign_up_models import ConsentText
from service.db.bulk import insert_ignoring
from service.languages import Language

_VERSION_LENGTH = 12


def consent_text(lang: Language) -> str:
    """Return the sentence; `%(list)s` stands for the list's name."""
    return lang.gettext(
        "I want to get %(list)s by email. I can change what I get, pause it or leave at any time, "
        "by a link in every mail."
    )


def consent_version(lang: Language) -> str:
    """Return what tells this sentence in this language from every other."""
    said = f"{lang.code}\n{consent_text(lang)}"
    return hashlib.sha256(said.encode()).hexdigest()[:_VERSION_LENGTH]


def keep_consent_text(session: Session, lang: Language, *, now: dt.datetime) -> str:
    """Keep the sentence as it is shown now; return its version."""
    version = consent_version(lang)
    row = {
        "version": version,
        "language": lang.code,
        "text": consent_text(lang),
        "first_shown_at": now,
    }
    insert_ignoring(session, ConsentText, [row])
    return version
