"""Read the numbers of our own links; what is none of ours is told apart, never an error."""

LARGEST_ID = 2**63 - 1  # of a column; a longer number names nothing


def row_id(text: str) -> int | None:
    """Return the id a link names, or None when no row could have it."""
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(LARGEST_ID)):
        return None
    number = int(text)
    return number if 0 < number <= LARGEST_ID else None
