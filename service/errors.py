"""Every error we raise on purpose; the class says what to do next.

PodbriefError                what went wrong, in one sentence a person can act on
├── ConfigurationError       mend the settings, then start again
├── InputError               mend the input; nothing of it was written
│   ├── NotFoundError        the thing named does not exist
│   │   └── GoneError        it did, and was taken away on purpose
│   └── HeaderInjectionError a line break where a header value was expected
├── TemplateError            mend the template; carries file, line and reason
├── TokenError               the link is not one of ours
│   └── ExpiredTokenError    it was, but its time is over
├── UnavailableError         try again later: the store, the broker or a worker cannot be reached
├── TooOftenError            wait: more was asked for than one visitor may
└── ConflictError            somebody else did it first; look again
"""


class PodbriefError(Exception):
    """Something went wrong that a person or the caller can act on."""


class ConfigurationError(PodbriefError):
    """Mend the settings, then start again."""


class InputError(PodbriefError):
    """Mend the input; nothing of it was written."""


class NotFoundError(InputError):
    """The thing named does not exist."""


class GoneError(NotFoundError):
    """The thing named was here, and was taken away on purpose."""


class HeaderInjectionError(InputError):
    """A line break or control character where a header value was expected (CWE-93)."""


class TemplateError(PodbriefError):
    """Mend the template; says where and why."""

    def __init__(self, reason: str, *, file: str, line: int | None = None) -> None:
        self.reason = reason
        self.file = file
        self.line = line
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")


class TokenError(PodbriefError):
    """The link is not one of ours: forged, cut short, or made for another purpose."""


class ExpiredTokenError(TokenError):
    """The link was ours, but its time is over."""


class UnavailableError(PodbriefError):
    """Try again later: the store, the broker or a worker cannot be reached."""


class TooOftenError(PodbriefError):
    """More was asked for than a budget allows; wait, then try again."""


class ConflictError(PodbriefError):
    """Somebody else did it first; look again before trying again."""
