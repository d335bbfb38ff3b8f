"""Read the fields of a form, whatever was sent as one."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from service.web.security import refuse_large

MOST_FIELDS = 20
MOST_CHOICES = 1000  # of a form with a field for each topic there is


async def form_fields(request: Request) -> dict[str, str]:
    """Return the text fields of a urlencoded or multipart body; a broken body has none.

    The endpoints run in the thread pool, the body arrives on the event loop: hence this one
    coroutine. Raises `TooLargeError` beyond the limit of `service.web.security`.
    """
    return await _read(request, MOST_FIELDS)


async def long_form_fields(request: Request) -> dict[str, str]:
    """Return the text fields of a form that has many."""
    return await _read(request, MOST_CHOICES)


async def _read(request: Request, most: int) -> dict[str, str]:
    refuse_large(request.headers)
    try:
        async with request.form(max_files=0, max_fields=most) as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except (HTTPException, MultiPartException, UnicodeDecodeError, ValueError):
        return {}


Fields = Annotated[dict[str, str], Depends(form_fields)]
ManyFields = Annotated[dict[str, str], Depends(long_form_fields)]
