"""What an SMTP sink may do instead of going on as usual, in the words of Postfix's smtp-sink."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What to do instead of going on as usual."""

    reply: bytes | None = None  # in place of the usual one
    delay: float = 0.0  # before anything else
    take: bool = False  # at the dot: keep the message before failing
    drop: bool = False  # close afterwards, without another word
    reset: bool = False  # close with a TCP reset
    silent: bool = False  # never answer
    split: bool = False  # the reply leaves one octet at a time

    @property
    def says_yes(self) -> bool:
        return not (self.drop or self.reset or self.silent or self.reply)


def answer(code: int, text: str, *, drop: bool = False, take: bool = False) -> Fault:
    """Another reply; several lines where `text` has several."""
    lines = text.split("\n")
    wire = [f"{code}-{line}" for line in lines[:-1]] + [f"{code} {lines[-1]}"]
    return Fault(reply="".join(f"{line}\r\n" for line in wire).encode(), drop=drop, take=take)


def drop() -> Fault:
    return Fault(drop=True)


def reset() -> Fault:
    return Fault(reset=True)


def silence() -> Fault:
    return Fault(silent=True)


def slow(seconds: float) -> Fault:
    return Fault(delay=seconds)


def closing(text: str = "4.3.2 shutting down") -> Fault:
    return answer(421, text, drop=True)


def take_then_drop() -> Fault:
    return Fault(take=True, drop=True)


def garbage(octets: bytes) -> Fault:
    return Fault(reply=octets)


def split() -> Fault:
    return Fault(split=True)
