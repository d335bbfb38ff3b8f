"""Keep what the parts say in files, one a part, while the screen shows something else."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO


class PartLogs:
    """Files under a folder, made at a part's first line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, TextIO] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def say(self, name: str, line: str) -> None:
        """Append one line of a part to its file."""
        file = self._files.get(name)
        if file is None:
            path = self._folder / f"{name}.log"
            file = self._open.enter_context(path.open("a", encoding="utf-8", buffering=1))
            self._files[name] = file
        file.write(f"{line}\n")
