"""Links that lead away from us: to a source, or to where somebody shares a page. Pure."""

from urllib.parse import quote, urlencode, urlsplit

_LONGEST = 2_000
_NOT_IN_LINKS = frozenset(" <>\"'`\\^{|}")


def outside_link(url: str | None) -> str:
    """Return `url` if a page of ours may link to it, else nothing: http and https only."""
    if not url or len(url) > _LONGEST:
        return ""
    if not url.isprintable() or not _NOT_IN_LINKS.isdisjoint(url):
        return ""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname)
    except ValueError:
        return ""
    return url if parts.scheme.lower() in ("http", "https") and has_host else ""


def share_links(url: str, title: str) -> list[tuple[str, str]]:
    """Return the plain addresses at which the usual networks take a page: (name, address)."""
    both = f"{title} {url}"
    return [
        ("LinkedIn", _asked("https://www.linkedin.com/sharing/share-offsite/", url=url)),
        ("Bluesky", _asked("https://bsky.app/intent/compose", text=both)),
        ("X", _asked("https://x.com/intent/post", text=title, url=url)),
        ("WhatsApp", _asked("https://wa.me/", text=both)),
        ("Facebook", _asked("https://www.facebook.com/sharer/sharer.php", u=url)),
        ("Reddit", _asked("https://www.reddit.com/submit", url=url, title=title)),
    ]


def mail_link(to: str, *, subject: str, body: str) -> str:
    """Return a mailto link; line breaks in a subject become blanks (RFC 6068 section 7)."""
    fields = {"subject": " ".join(subject.split()), "body": body}
    return f"mailto:{quote(to, safe='@')}?{urlencode(fields, quote_via=quote)}"


def _asked(address: str, **fields: str) -> str:
    return f"{address}?{urlencode(fields, quote_via=quote)}"
