"""What this process has begun and what was answered, in a file that survives its death.

One append-only file a process, on a local disc, locked for the process's life. A line before the
first content byte of a message, a line after its final reply; after `kill -9` the file tells which
of a wave were never begun, which were answered, and which few were in flight. No addresses: a line
carries ids and codes only.

A third kind of line names the wave whose commit has just been answered: a wave that was
committed and is not in the store any more means that the store is an older copy of itself.

Each line ends in the CRC-32 of what stands before it. A line that is cut or does not match was
never finished, so what it would have allowed did not happen: `begin` says no when its write fails.
From then on `fault` says why: a disc is full, a folder is gone. Its sender settles what it has in
hand, gives the journal up, and begins nothing until a new one can be written.
"""

import datetime as dt
import fcntl
import os
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from service.errors import UnavailableError
from service.sending.outcome import Blame, Outcome, Verdict

SUFFIX = ".journal"
LONG_BYTES = 64_000_000  # some 600,000 messages: time for a new file
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NOTHING = "-"


_Attempt = tuple[str, int, int]  # as an AttemptId, which costs three times as much to make


class AttemptId(NamedTuple):
    """One try of one delivery; `kind` tells briefs from notices."""

    kind: str
    delivery_id: int
    attempt: int

    def __str__(self) -> str:
        return f"{self.kind}.{self.delivery_id}.{self.attempt}"

    @classmethod
    def parse(cls, text: str) -> "AttemptId":
        kind, delivery_id, attempt = text.split(".")
        return cls(kind, int(delivery_id), int(attempt))


@dataclass(frozen=True, slots=True)
class KnownWave:
    """A wave that was surely committed, when it began by its worker's clock, in which store."""

    id: str
    local_date: dt.date | None  # of its briefs; None for notices
    started_at: dt.datetime
    store: str

    def __str__(self) -> str:
        date = self.local_date or _NOTHING
        return f"W {self.id} {date} {self.started_at.isoformat()} {self.store or _NOTHING}"

    @classmethod
    def parse(cls, words: Sequence[str]) -> "KnownWave":
        wave_id, local_date, started_at, store = words
        return cls(
            wave_id,
            None if local_date == _NOTHING else dt.date.fromisoformat(local_date),
            dt.datetime.fromisoformat(started_at),
            "" if store == _NOTHING else store,
        )


class Journal:
    """The journal of the running process."""

    def __init__(self, folder: Path, *, sync: bool = False) -> None:
        """Create a new file in `folder` and lock it; `sync` forces every line to the disc.

        Raises `UnavailableError` when it cannot be written.
        """
        self.id = uuid.uuid4().hex
        self.path = folder / f"{self.id}{SUFFIX}"
        self.fault: str | None = None  # why a line could not be written, once one could not
        self._sync = sync
        self._length = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(self.path, flags, 0o600)
        except OSError as error:
            raise _not_written(folder, str(error.strerror)) from error
        fcntl.flock(self._file, fcntl.LOCK_EX)
        synced = "synced" if sync else "unsynced"
        if not self._write(f"podbrief-journal 1 {self.id} {boot_id()} {synced}"):
            self.path.unlink(missing_ok=True)
            self.close()
            raise _not_written(folder, str(self.fault))

    def marked(self, wave: KnownWave) -> bool:
        """Write that a wave was committed; what it holds is begun by the lines that follow."""
        return self._write(str(wave))

    def begin(self, attempts: Sequence[_Attempt], *, after: Sequence[Outcome] = ()) -> bool:
        """Write that these are about to begin; False when that failed, and they must not.

        Nor may they once any line could not be written: another may swallow this one.

        What was answered `after` the last writing goes out in the same one, ahead; all are of the
        kind of the first that begins.
        """
        if self.fault is not None:
            return False
        kind = attempts[0][0]
        lines = [
            _reply_line((kind, outcome.delivery_id, outcome.attempt), outcome) for outcome in after
        ]
        names = [f"{kind}.{number}.{attempt}" for kind, number, attempt in attempts]
        return self._write(*lines, "B " + " ".join(names))

    def replied(self, attempt: AttemptId, outcome: Outcome) -> bool:
        """Write what was answered; False when that failed, and the answer is known only here."""
        return self._write(_reply_line(attempt, outcome))

    def is_long(self) -> bool:
        return self._length > LONG_BYTES

    def close(self) -> None:
        """Unlock the file: whoever looks next settles what is open in it, and removes it."""
        os.close(self._file)

    def _write(self, *lines: str) -> bool:
        data = b"\n" if self.fault is not None else b""  # ends what may have been cut
        for line in lines:
            octets = line.encode("ascii", "replace")
            data += b"%b %08x\n" % (octets, zlib.crc32(octets))
        try:
            written = os.write(self._file, data)
            if self._sync and written == len(data):
                os.fdatasync(self._file)
        except OSError as error:
            written, self.fault = 0, error.strerror
        self._length += written
        if written != len(data):
            self.fault = self.fault or f"only {written} of {len(data)} bytes fitted"
            self._end_the_line()
            return False
        return True

    def _end_the_line(self) -> None:
        """Keep a cut line from swallowing the next one."""
        try:
            os.write(self._file, b"\n")
        except OSError:
            return  # the next line begins with one, if there is ever room for it


def _not_written(folder: Path, reason: str) -> UnavailableError:
    return UnavailableError(
        f"no journal can be written in {folder}: {reason}. Nothing is handed over without one; "
        "sending goes on by itself when that is mended"
    )


@dataclass(slots=True)
class FoundJournal:
    """A journal whose process is dead: its lock is ours until `close`."""

    path: Path
    id: str
    may_be_believed: bool  # what is not in it did not happen
    begun: set[AttemptId] = field(default_factory=set)
    replies: dict[AttemptId, Outcome] = field(default_factory=dict)
    waves: list[KnownWave] = field(default_factory=list)  # oldest first
    wave_of: dict[AttemptId, KnownWave] = field(default_factory=dict)
    _file: int = -1

    def close(self, *, remove: bool) -> None:
        if remove:
            self.path.unlink(missing_ok=True)
        os.close(self._file)


def journals_of_the_dead(folder: Path) -> list[FoundJournal]:
    """Lock and read every journal that no live process holds; never judged by pid or age."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        if not path.exists():  # somebody else replayed and removed it while we waited
            os.close(file)
            continue
        found.append(read_journal(path, file))
    return found


def read_journal(path: Path, file: int) -> FoundJournal:
    """Read what a journal says; lines that do not match their checksum are passed over.

    What is missing from it may be believed when the machine has not been started anew since (the
    page cache is still that of the writer), or when every line was forced to the disc.
    """
    journal = FoundJournal(path, path.name.removesuffix(SUFFIX), may_be_believed=False)
    journal._file = file  # noqa: SLF001 - ours, made here
    for line in whole_lines(path.read_bytes()):
        kind, *words = line.split(" ")
        if kind == "podbrief-journal":
            journal.may_be_believed = words[2] == boot_id() or words[3] == "synced"
        elif kind == "W":
            journal.waves.append(KnownWave.parse(words))
        elif kind == "B":
            attempts = [AttemptId.parse(word) for word in words]
            journal.begun.update(attempts)
            if journal.waves:
                journal.wave_of.update(dict.fromkeys(attempts, journal.waves[-1]))
        elif kind == "R":
            attempt = AttemptId.parse(words[0])
            journal.replies[attempt] = _outcome(attempt, words[1:])
    return journal


def boot_id() -> str:
    """Return what names this start of this machine; empty where the kernel does not tell."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return uuid.uuid4().hex  # matches nothing: absence then proves nothing


def whole_lines(data: bytes) -> list[str]:
    """Return the lines that match their checksum, without it."""
    lines = []
    for raw in data.split(b"\n"):
        body, _, checksum = raw.rpartition(b" ")
        if body and checksum == b"%08x" % zlib.crc32(body):
            lines.append(body.decode("ascii"))
    return lines


def _reply_line(attempt: _Attempt, outcome: Outcome) -> str:
    kind, number, n = attempt
    facts = _facts(outcome.verdict, outcome.blame, outcome.stage, outcome.code, outcome.enhanced)
    provider_id = outcome.provider_id.replace(" ", "") if outcome.provider_id else _NOTHING
    return f"R {kind}.{number}.{n} {facts} {provider_id}"


@lru_cache(maxsize=256)  # nearly all say the same
def _facts(
    verdict: Verdict, blame: Blame | None, stage: str, code: int | None, enhanced: str | None
) -> str:
    said = (blame.value if blame else None, stage, code, enhanced)
    return " ".join([verdict.value, *(str(fact or _NOTHING) for fact in said)])


def _outcome(attempt: AttemptId, words: Sequence[str]) -> Outcome:
    verdict, blame, stage, code, enhanced, provider_id = words
    return Outcome(
        delivery_id=attempt.delivery_id,
        attempt=attempt.attempt,
        verdict=Verdict(verdict),
        blame=None if blame == _NOTHING else Blame(blame),
        stage=stage,
        code=None if code == _NOTHING else int(code),
        enhanced=None if enhanced == _NOTHING else enhanced,
        provider_id=None if provider_id == _NOTHING else provider_id,
    )
