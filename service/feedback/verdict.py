"""Human or scanner: what of a request speaks for a program, and the verdict that follows.

Mail gateways open every link of a mail before, or just after, they deliver it. So what comes within
a minute of the hand-over, asks for headers only, calls itself a program, comes from a known range,
or opens link after link in seconds, is suspected. A wrong guess costs a figure: pages are shown and
unsubscribes honoured whatever the verdict. Pure.
"""

import datetime as dt
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.errors import ConfigurationError
from service.feedback.visit_models import Verdict

BURST_LINKS = 6  # different links of one mail ...
BURST_WITHIN = dt.timedelta(seconds=10)  # ... in this time; a reader has not read them

_SCANNERS = (  # programs that check mails for others; what they press, nobody meant
    "barracuda",
    "proofpoint",
    "mimecast",
    "symantec",
    "messagelabs",
    "trendmicro",
    "trend micro",
    "forcepoint",
    "fireeye",
    "sophos",
    "cisco-ironport",
    "safelinks",
    "urlscan",
    "virustotal",
    "linkscan",
    "link-check",
    "linkcheck",
)
_PROGRAMS = (  # what may be a person's own tool, but is no browser they read with
    "bot",
    "crawl",
    "spider",
    "scan",
    "preview",
    "monitor",
    "headless",
    "phantomjs",
    "curl/",
    "wget/",
    "python",
    "httpx",
    "aiohttp",
    "go-http-client",
    "java/",
    "okhttp",
    "libwww",
    "axios",
    "node-fetch",
    "ruby",
    "php/",
)


class Evidence(StrEnum):
    """One thing that speaks for a program."""

    SOON = "soon"  # within a minute of the hand-over, or before it was settled
    HEAD = "head"  # asked for the headers only
    PREFETCH = "prefetch"  # said itself that nobody has looked yet
    AGENT = "agent"  # calls itself a program, or nothing at all
    SCANNER = "scanner"  # calls itself one that checks mails
    RANGE = "range"  # comes from where such programs are known to come from
    BURST = "burst"  # many links of one mail in seconds


STRONG = frozenset({Evidence.SCANNER, Evidence.RANGE, Evidence.BURST})
"""What makes us ask twice before a button's deed is done."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One request for a signed link, as it came in."""

    happened_at: dt.datetime
    kind: str
    target: str
    method: str
    brief: tuple[dt.date, int] | None = None
    subscription_id: int | None = None
    subscriber_id: int | None = None
    insight_id: int | None = None
    agent: str = ""
    visitor: str | None = None
    evidence: frozenset[Evidence] = frozenset()

    @property
    def link(self) -> tuple[str, int | None]:
        """What tells the links of one mail apart."""
        return self.target, self.insight_id


def told_by(
    *, method: str, agent: str, purpose: str, address: str, ranges: Sequence[Network]
) -> frozenset[Evidence]:
    """Return what the request itself tells."""
    found = set()
    said = agent.lower()
    if method == "HEAD":
        found.add(Evidence.HEAD)
    if "prefetch" in purpose.lower() or "preview" in purpose.lower():
        found.add(Evidence.PREFETCH)
    if any(word in said for word in _SCANNERS):
        found.add(Evidence.SCANNER)
    elif not said or any(word in said for word in _PROGRAMS):
        found.add(Evidence.AGENT)
    if ranges and _is_within(address, ranges):
        found.add(Evidence.RANGE)
    return frozenset(found)


def verdict_of(kind: str, evidence: Iterable[Evidence]) -> Verdict:
    """Return who it was.

    A button is a human's until something strong speaks against it: programs seldom press one, and
    somebody quick may press it within a minute, by whatever means they browse.
    """
    found = frozenset(evidence)
    counts = found if kind in ("click", "open") else found & STRONG
    return Verdict.SUSPECTED if counts else Verdict.HUMAN


def bursts(visits: Sequence[tuple[dt.datetime, tuple[str, int | None]]]) -> set[int]:
    """Return the places of visits to one mail's links that are part of a burst.

    `visits` are moments and links, oldest first.
    """
    found: set[int] = set()
    first = 0
    for last, (at, _) in enumerate(visits):
        while at - visits[first][0] > BURST_WITHIN:
            first += 1
        within = range(first, last + 1)
        if len({visits[place][1] for place in within}) >= BURST_LINKS:
            found.update(within)
    return found


def read_ranges(text: str) -> tuple[Network, ...]:
    """Read networks separated by commas; raises `ConfigurationError` naming one that is none."""
    networks = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            networks.append(ipaddress.ip_network(part, strict=False))
        except ValueError as error:
            raise ConfigurationError(
                f"PODBRIEF_VISITS_SCANNER_RANGES: {part!r} is no network such as 192.0.2.0/24"
            ) from error
    return tuple(networks)


def _is_within(address: str, ranges: Sequence[Network]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in ranges)
