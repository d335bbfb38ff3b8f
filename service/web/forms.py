"""Read the fields of a form, whatever was sent as one."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from service.web.security import refuse_large


async def form_fields(request: Request) -> dict[str, str]:
    """Return the text fields of a urlencoded or multipart body; a broken body has none.

    The endpoints run in the thread pool, the body arrives on the event loop: hence this one
    coroutine. Raises `TooLargeError` beyond the limit of `service.web.security`.
    """
    refuse_large(request.headers)
    try:
        async with request.form(max_files=0, max_fields=20) as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except (HTTPException, MultiPartException, UnicodeDecodeError, ValueError):
        return {}


Fields = Annotated[dict[str, str], Depends(form_fields)]
