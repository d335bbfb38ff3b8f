"""Long lists in pages of twenty, as far back as anybody walks. Pure."""

from dataclasses import dataclass

from fastapi import Request

from service.errors import NotFoundError

SIZE = 20
MOST_PAGES = 200  # what is older is found by search and through the sitemap


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page this is, and of how many."""

    number: int
    total: int  # of what is listed
    size: int = SIZE

    @property
    def count(self) -> int:
        return min(MOST_PAGES, max(1, -(-self.total // self.size)))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def query(self) -> str:
        """What an address of this page ends in; nothing for the first."""
        return f"?page={self.number}" if self.number > 1 else ""

    @property
    def newer(self) -> str | None:
        if self.number == 1:
            return None
        return f"?page={self.number - 1}" if self.number > 2 else "?"  # noqa: PLR2004 - the first

    @property
    def older(self) -> str | None:
        return f"?page={self.number + 1}" if self.number < self.count else None


def paging(number: int, *, total: int) -> Paging:
    """Return the page of this number; raises `NotFoundError` beyond the last."""
    found = Paging(number, total)
    if number > found.count:
        raise NotFoundError("there are not so many pages")
    return found


def page_number(request: Request) -> int:
    """Return the page a request asks for, the first when it says none.

    Raises `NotFoundError` for what is no number of a page.
    """
    asked = request.query_params.get("page", "1")
    if not (asked.isascii() and asked.isdecimal()) or len(asked) > len(str(MOST_PAGES)):
        raise NotFoundError("there is no such page")
    number = int(asked)
    if not 1 <= number <= MOST_PAGES:
        raise NotFoundError("there is no such page")
    return number
