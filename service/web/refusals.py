"""Why the web application itself turns a request away; `problems` says how that is answered."""

from service.errors import InputError, PodbriefError


class TooLargeError(InputError):
    """More was sent than any form of ours holds."""


class NotSignedInError(PodbriefError):
    """The page is for staff, and nobody is signed in, or no longer."""


class ForgedFormError(PodbriefError):
    """A form came from somewhere else than the page it belongs to."""
