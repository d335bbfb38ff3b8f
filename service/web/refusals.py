"""Why the web application itself turns a request away; `problems` says how that is answered."""

from service.errors import InputError, PodbriefError, TokenError


class TooLargeError(InputError):
    """More was sent than any form of ours holds."""


class NotSignedInError(PodbriefError):
    """The page is for staff, and nobody is signed in, or no longer."""


class ForgedFormError(PodbriefError):
    """A form came from somewhere else than the page it belongs to."""


class LostLinkError(TokenError):
    """A link to somebody's own pages that is not ours, too old, or was taken back."""
