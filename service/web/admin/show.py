"""Show an admin page: the rail, who is signed in, and the token its forms carry."""

from typing import Any

from starlette.responses import Response

from service.web.admin.session import FORM_PAGE, SignedIn
from service.web.site import Site


def show(site: Site, viewer: SignedIn, name: str, *, place: str, **values: Any) -> Response:
    """Return a filled page of the admin; `place` is the word of the rail it belongs to."""
    page = site.pages.show(f"admin/{name}", viewer=viewer, place=place, **values)
    page.headers.update(FORM_PAGE)
    return page
