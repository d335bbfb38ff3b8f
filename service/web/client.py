"""Where a visitor comes from: the address that connected, or what our own proxies say of it."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fastapi import Request

from service.audience.sign_up_limits import IpAddress
from service.errors import ConfigurationError

IpNetwork = IPv4Network | IPv6Network
_MOST_HOPS = 20


def networks(listed: str) -> list[IpNetwork]:
    """Read the setting web.trusted_proxies; raises `ConfigurationError` for what is no network."""
    try:
        return [ip_network(part.strip()) for part in listed.split(",") if part.strip()]
    except ValueError as error:
        raise ConfigurationError(f"PODBRIEF_WEB_TRUSTED_PROXIES: {error}") from error


def visitor_ip(request: Request, trusted: Sequence[IpNetwork]) -> IpAddress | None:
    """Return the visitor's address, None when they come through a socket without one.

    X-Forwarded-For is read from its end, each hop only while the one after it is ours: what a
    stranger wrote in front of it counts for nothing.
    """
    found = _read(request.client.host) if request.client else None
    hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    for hop in reversed(hops[-_MOST_HOPS:]):
        if found is None or not any(found in network for network in trusted):
            break
        said = _read(hop)
        if said is None:
            break
        found = said
    return found


def _read(text: str) -> IpAddress | None:
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        found = ip_address(found.packed)  # without a zone such as %eth0
        return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
    return found
