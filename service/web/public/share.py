"""Pass an insight on: its address to copy, by mail, and the usual networks as plain links."""

from fastapi import APIRouter
from starlette.responses import Response

from service.rendering.links import page_url
from service.web.outside_links import mail_link, share_links
from service.web.public.pick import named_pick
from service.web.site import Here

router = APIRouter()


@router.api_route("/b/{token}/{insight_id}/share", methods=["GET", "HEAD"])
def share(token: str, insight_id: str, here: Here) -> Response:
    """Show the ways; what is passed on is the public page, never the reader's own link."""
    with here.database.reading() as session:
        pick = named_pick(session, here, token, insight_id)
    values = pick.values()
    title = values["card"]["headline"] or values["card"]["text"][:100]
    url = page_url(here.public_url, pick.insight_id)
    if not pick.newsletter.is_public:  # there is no page: its source is what can be passed on
        url = values["card"]["moment_url"]
    return here.pages.show(
        "share.html",
        **values,
        url=url,
        shares=share_links(url, title) if url else [],
        mail_share=mail_link("", subject=title, body=f"{title}\n\n{url}".rstrip()),
    )
