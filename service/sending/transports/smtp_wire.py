"""A non-blocking socket that may turn into TLS: what would block says so, and never waits."""

import errno
import os
import socket
import ssl
from typing import Any

CHUNK = 4 * 1024  # replies are short, and a buffer is made for each read
_UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK})

Octets = bytes | memoryview


class Wire:
    """One TCP connection, plain or TLS, in a loop that watches `fileno`."""

    def __init__(self, family: int, address: tuple[Any, ...]) -> None:
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)  # noqa: FBT003 - socket's own signature
        # Content leaves in slices; Nagle would hold each last one back for a round trip.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._tls: ssl.SSLSocket | None = None
        self.wants_write = True  # becomes writable when connected
        code = self._socket.connect_ex(address)
        if code not in _UNDER_WAY:
            self.close()
            raise OSError(code, os.strerror(code))

    def fileno(self) -> int:
        return self._socket.fileno()

    def finish_connecting(self) -> None:
        """Raise the error of a connection attempt that failed."""
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
        self.wants_write = False

    def begin_tls(self, context: ssl.SSLContext, host: str) -> None:
        self._tls = context.wrap_socket(
            self._socket, server_hostname=host, do_handshake_on_connect=False
        )
        self._socket = self._tls

    def shake_hands(self) -> bool:
        """Go on with the TLS handshake; return whether it is done."""
        if self._tls is None:
            return True
        self.wants_write = False
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLWantWriteError:
            self.wants_write = True
            return False
        return True

    def receive(self) -> bytes | None:
        """Return what has come, b"" at its end, None if nothing has."""
        try:
            data = self._socket.recv(CHUNK)
            while self._tls is not None and self._tls.pending():
                # Decrypted octets wait inside OpenSSL, where no loop can see them.
                data += self._tls.recv(CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except ssl.SSLWantWriteError:
            self.wants_write = True
            return None
        return data

    def send(self, data: Octets) -> int:
        """Return how many octets were taken: none if it would block."""
        try:
            sent = self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            self.wants_write = True
            return 0
        except ssl.SSLWantReadError:
            return 0  # goes on when something has come
        self.wants_write = sent < len(data)
        return sent

    def close(self) -> None:
        self._socket.close()
