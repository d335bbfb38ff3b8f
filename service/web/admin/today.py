"""The admin's first page: today's state in its first line, then the ledger behind it."""

from fastapi import APIRouter
from starlette.responses import Response

from service.editions.equation import Equation
from service.monitoring.status import EditionStatus, read_status, summary, worries
from service.web.admin.session import Viewer
from service.web.admin.show import show
from service.web.site import Here

router = APIRouter()
ALWAYS_SHOWN = ("accepted", "open")
SHOWN_IF_ANY = ("in_doubt", "failed", "suppressed", "cancelled", "expired", "unknown")


@router.api_route("/admin", methods=["GET", "HEAD"])
def today(here: Here, viewer: Viewer) -> Response:
    with here.database.reading() as session:
        status = read_status(session, here.settings, now=here.clock.now())
    total = total_of(status.editions)
    return show(
        here,
        viewer,
        "today.html",
        place="Today",
        status=status,
        summary=summary(status),
        worries=worries(status),
        total=total,
        terms=[*ALWAYS_SHOWN, *(term for term in SHOWN_IF_ANY if getattr(total, term))],
    )


def total_of(editions: list[EditionStatus]) -> Equation:
    """Return the sum over editions, term by term."""
    equations = [edition.equation for edition in editions]
    skipped: dict[str, int] = {}
    for equation in equations:
        for reason, number in equation.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + number
    return Equation(
        skipped=skipped,
        **{
            term: sum(getattr(equation, term) for equation in equations)
            for term in Equation.__slots__
            if term != "skipped"
        },
    )
