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
    return _last_of_each(await _read(request, MOST_FIELDS))


async def long_form_fields(request: Request) -> dict[str, str]:
    """Return the text fields of a form that has many."""
    return _last_of_each(await _read(request, MOST_CHOICES))


async def every_field(request: Request) -> dict[str, list[str]]:
    """Return all values of a form in which a name may stand more than once."""
    return await _read(request, MOST_CHOICES)


async def _read(request: Request, most: int) -> dict[str, list[str]]:
    refuse_large(request.headers)
    fields: dict[str, list[str]] = {}
    try:
        async with request.form(max_files=0, max_fields=most) as form:
            for name, value in form.multi_items():
                if isinstance(value, str):
                    fields.setdefault(name, []).append(value)
    except (HTTPException, MultiPartException, UnicodeDecodeError, ValueError):
        return {}
    return fields


def _last_of_each(fields: dict[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in fields.items()}


Fields = Annotated[dict[str, str], Depends(form_fields)]
ManyFields = Annotated[dict[str, str], Depends(long_form_fields)]
EveryField = Annotated[dict[str, list[str]], Depends(every_field)]
