"""A TCP proxy before PostgreSQL that can lose what it is given and close nothing, as networks do.

with HalfOpenProxy(server.socket) as proxy:
    database = Database(proxy.url("podbrief"), patience=…)
    proxy.lose_the_answer_to(COMMIT)  # the server does it, and nobody hears of it
    proxy.fall_silent()  # what is connected now; who connects anew gets through
    proxy.cut_off()  # nobody gets through, and nobody is told
    proxy.mend()  # what fell silent is reset
"""

import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

COMMIT = b"COMMIT\x00"
CHUNK = 65_536
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Line:
    """One client and the server's end of its connection."""

    client: socket.socket
    server: socket.socket | None = None  # None: it came while everything was cut off
    loses_questions: bool = False
    loses_answers: bool = False

    @property
    def is_whole(self) -> bool:
        return not (self.loses_questions or self.loses_answers)

    def reset(self) -> None:
        for end in (self.client, self.server):
            if end is not None:
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    end.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it
                end.close()


@dataclass
class HalfOpenProxy:
    """Two threads a connection; `silenced` and `lost_answers` count what was done."""

    target: Path  # the server's unix socket
    silenced: int = 0
    lost_answers: int = 0
    _lines: set[_Line] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _awaited: bytes | None = None  # whose answer is to be lost
    _is_cut_off: bool = False

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> Self:
        """Listen, at a port of 127.0.0.1 that is free."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()
        return self

    def close(self) -> None:
        """Stop listening, and reset everything."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for line in self._lines:
                line.reset()
            self._lines.clear()

    def url(self, name: str, *, user: str = "postgres") -> str:
        """Return SQLAlchemy's URL of the database `name`, through this proxy."""
        return f"postgresql+psycopg://{user}@127.0.0.1:{self._listener.getsockname()[1]}/{name}"

    def lose_the_answer_to(self, question: bytes) -> None:
        """Pass on the next such question, and none of what comes back for it."""
        with self._lock:
            self._awaited = question

    def fall_silent(self, *, answers_only: bool = False) -> int:
        """Lose all that the present connections say, or are told; return how many there are."""
        with self._lock:
            whole = [line for line in self._lines if line.is_whole]
            for line in whole:
                line.loses_answers = True
                line.loses_questions = not answers_only
            self.silenced += len(whole)
            return len(whole)

    def cut_off(self) -> int:
        """Fall silent, to those who connect from now on as well."""
        with self._lock:
            self._is_cut_off = True
            return self.fall_silent()

    def mend(self) -> None:
        """Reset what fell silent, and let everything through from now on."""
        with self._lock:
            self._is_cut_off, self._awaited = False, None
            broken = [line for line in self._lines if not line.is_whole]
            for line in broken:
                self._lines.discard(line)
                line.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open(client)

    def _open(self, client: socket.socket) -> None:
        line = _Line(client)
        self._lines.add(line)
        if self._is_cut_off:
            line.loses_questions = line.loses_answers = True
            self.silenced += 1
            return
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            server.connect(str(self.target))
        except OSError:  # it is being started anew
            server.close()
            self._end(line)
            return
        line.server = server
        for pump in (self._ask, self._answer):
            threading.Thread(target=pump, args=(line,), daemon=True).start()

    def _ask(self, line: _Line) -> None:
        """Carry what the client says to the server."""
        assert line.server is not None
        with suppress(OSError):
            while data := line.client.recv(CHUNK):
                with self._lock:
                    if self._awaited is not None and self._awaited in data:
                        self._awaited = None
                        line.loses_answers = True
                        self.lost_answers += 1
                    is_lost = line.loses_questions
                if not is_lost:
                    line.server.sendall(data)
        self._end(line)

    def _answer(self, line: _Line) -> None:
        """Carry what the server says to the client."""
        assert line.server is not None
        with suppress(OSError):
            while data := line.server.recv(CHUNK):
                if not line.loses_answers:
                    line.client.sendall(data)
        self._end(line)

    def _end(self, line: _Line) -> None:
        """Pass the end of a whole line on; of a silent one nobody at its other end hears."""
        with self._lock:
            if line in self._lines and line.is_whole:
                self._lines.discard(line)
                line.reset()
