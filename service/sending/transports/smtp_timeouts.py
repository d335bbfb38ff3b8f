"""How long an SMTP server may take at each stage (RFC 5321 4.5.3.2)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpTimeouts:
    """Seconds; short waits after the dot are the commonest maker of duplicates."""

    connect: float = 30  # the TCP connection, for each address of the host
    command: float = 300  # any reply but the dot's, and the TLS handshake
    content: float = 180  # from the first content byte to the beginning of the last slice
    after_dot: float = 600
    idle: float = 60  # a kept connection older than this is not used again
    farewell: float = 1  # for all QUITs together

    @property
    def grain(self) -> float:
        """How late a passed deadline may be noticed: looking at every turn would cost more."""
        return min(1.0, min(self.connect, self.command, self.content, self.after_dot) / 20)
