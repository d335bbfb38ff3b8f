"""What a sign-up form says, whichever page it stands on: read, judged, and taken."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import select

from service.audience.addresses import Address, read_address
from service.audience.models import NewsletterList
from service.audience.sign_up import Request as SignUpRequest
from service.audience.sign_up import sign_up
from service.audience.sign_up_decide import meant_address
from service.audience.sign_up_limits import COST_WITHOUT_PROOF, refuse_spent
from service.audience.sign_up_proof import proves_work
from service.db.database import Database
from service.errors import InputError, NotFoundError
from service.languages import available
from service.web.client import visitor_ip
from service.web.site import Site

TRAP = "website"  # no person sees this field; who fills it in is none
FORMS = ("page", "box", "embedded")
LONGEST_PROOF = 40
_SLUG = re.compile(r"[\w-]{1,80}")


@dataclass(frozen=True, slots=True)
class Form:
    """A form that may be taken, or what to ask before."""

    address: Address | None  # None: it is no address
    is_trapped: bool
    meant: str | None  # what the address was probably meant to be, unless they insist
    lacks_proof: bool
    language: str | None
    topics: Sequence[str]  # slugs; what the page they come from was about


def public_list(database: Database, slug: str) -> NewsletterList:
    """Return a list that has pages; raises `NotFoundError`, naming none."""
    with database.reading() as session:
        found = session.scalar(
            select(NewsletterList).where(NewsletterList.slug == slug, NewsletterList.is_public)
        )
    if found is None:
        raise NotFoundError("there is no such list")
    return found


def read_form(site: Site, fields: Mapping[str, str], *, what: str, now: dt.datetime) -> Form:
    """Judge a form by what it says alone: nothing is looked up, so nothing can be learned."""
    try:
        address = read_address(fields.get("email", ""))
    except InputError:
        address = None
    meant = meant_address(address.email) if address and not fields.get("as_typed") else None
    bits = site.settings.signup.proof_bits
    proof = fields.get("proof", "")[:LONGEST_PROOF]
    lacks_proof = bool(bits and address) and not proves_work(
        proof, what=work_for(what, address), bits=bits, now=now
    )
    spoken = fields.get("lang")
    return Form(
        address=address,
        is_trapped=bool(fields.get(TRAP)),
        meant=meant,
        lacks_proof=lacks_proof,
        language=spoken if spoken in available() else None,
        topics=[slug for slug in fields.get("topics", "").split(",") if _SLUG.fullmatch(slug)][:5],
    )


def work_for(what: str, address: Address | None) -> str:
    """Return what a proof of work is bound to: one list, or deed, and one address."""
    return f"{what}:{address.key if address else ''}"


def cost_of(form: Form) -> int:
    return COST_WITHOUT_PROOF if form.lacks_proof else 1


def take(
    site: Site,
    request: Request,
    newsletter: NewsletterList,
    form: Form,
    *,
    source: str,
    now: dt.datetime,
) -> None:
    """Do what the form asks for; raises `TooOftenError`."""
    if form.address is None or form.is_trapped:
        return
    ip = visitor_ip(request, site.trusted_proxies)
    asked = SignUpRequest(
        newsletter=newsletter,
        address=form.address,
        language=form.language,
        form=source,
        topics=form.topics,
        ip=ip,
        cost=cost_of(form),
    )
    with site.database.reading() as session:
        refuse_spent(session, site.gate, ip=ip, cost=asked.cost, now=now)
    with site.database.transaction() as session:
        sign_up(session, site.gate, asked, now=now)
