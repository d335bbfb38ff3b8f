"""Keep drawn pictures in a folder, named by what they say; the oldest go when it is full."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Lock

from service.log import log
from service.web.public.card_words import CardWords

_LOOK_AFTER = 200  # new pictures between two looks at the size of the folder


class CardStore:
    """A folder of pictures; any number of processes may share it."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._drawing = Lock()  # one at a time: pictures must not take the pages' processor
        self._drawn = 0

    def picture(self, words: CardWords) -> bytes:
        """Return the PNG that says `words`."""
        path = self._path(words.digest)
        found = _read(path)
        if found is not None:
            return found
        with self._drawing:
            found = _read(path)  # another thread may have drawn it while we waited
            if found is None:
                found = _drawn(words)
                self._keep(path, found)
        return found

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / f"{digest}.png"

    def _keep(self, path: Path, picture: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(picture)
            os.replace(file.name, path)  # noqa: PTH105 - whole or not at all
        except OSError as error:  # a full disk must not take the picture from whoever asked
            log.warning("card_not_kept", reason=str(error))
            return
        self._drawn += 1
        if self._drawn % _LOOK_AFTER == 1:
            self._clear()

    def _clear(self) -> None:
        """Remove the oldest until a tenth of the room is free."""
        found = []
        for path in self._folder.glob("*/*"):
            try:
                state = path.stat()
            except FileNotFoundError:
                continue  # another process clears too
            found.append((state.st_mtime, state.st_size, path))
        total = sum(size for _, size, _ in found)
        if total <= self._most_bytes:
            return
        for _, size, path in sorted(found):
            path.unlink(missing_ok=True)
            total -= size
            if total <= self._most_bytes * 0.9:
                return


def _read(path: Path) -> bytes | None:
    with suppress(OSError):  # not drawn yet, or a disk in trouble: then it is drawn
        return path.read_bytes()
    return None


def _drawn(words: CardWords) -> bytes:
    from service.web.public.card_image import draw_card  # noqa: PLC0415 - 11 MB, and seldom needed

    return draw_card(words)
