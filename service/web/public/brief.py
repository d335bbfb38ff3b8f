"""A brief in the browser, as its mail shows it: same picks, same version of the template."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from service.web.public.links import brief_behind, brief_link
from service.web.security import MAIL_POLICY
from service.web.site import Here

router = APIRouter()


@router.api_route("/b/{token}", methods=["GET", "HEAD"])
def view_brief(token: str, here: Here) -> Response:
    link = brief_link(here, token)
    with here.database.reading() as session:
        brief_behind(session, link)
        html = here.viewer.html(session, brief_id=link.brief_id, local_date=link.local_date)
    return HTMLResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})
