"""What a DKIM signature adds to a message: the same messages signed and not, in turn."""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.rendering.message import Content
from service.rendering.preview import render_sample
from service.sending.compose import Signed
from service.sending.dkim import DkimSigner
from service.sending.dkim_keys import make_key

FOLDER = Path("templates/email/daily_brief")
ROUNDS, MESSAGES = 9, 200


def measure_signing(*, quick: bool = False) -> dict[str, Any]:
    """Return the CPU milliseconds of one RSA-2048 signature, the median of interleaved rounds."""
    plain = render_sample(FOLDER)
    with TemporaryDirectory(prefix="pb-key-") as folder:
        signer = DkimSigner("brief.example.org", "bench", make_key(Path(folder) / "key.pem"))
    signed = Signed(plain, signer)
    for content in (plain, signed):  # the first bodies of a sender are looked through
        _spent(content, 50)
    messages = MESSAGES // (4 if quick else 1)
    rounds = [(_spent(plain, messages), _spent(signed, messages)) for _ in range(ROUNDS)]
    return {
        "added_ms_a_message": statistics.median(after - before for before, after in rounds) * 1e3,
        "octets": len(plain.wire()),
    }


def _spent(content: Content, messages: int) -> float:
    """Return the CPU seconds of building one message."""
    began = time.process_time()
    for _ in range(messages):
        content.wire()
    return (time.process_time() - began) / messages
