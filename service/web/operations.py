"""For those who run it: is it alive, is it ready, what are the figures."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import PlainTextResponse, Response

from service.monitoring.health import check_parts
from service.web.problems import readiness
from service.web.site import Here

router = APIRouter()


@router.api_route("/livez", methods=["GET", "HEAD"])
def livez() -> Response:
    """Say that this process serves; nothing else is asked, so a restart heals only what it can."""
    return PlainTextResponse("alive\n")


@router.api_route("/readyz", methods=["GET", "HEAD"])
def readyz(here: Here) -> Response:
    """Say whether the database, the broker, beat and a worker are there, and what is wrong."""
    checks = check_parts(here.database, here.settings)
    return readiness(
        ready=all(check.wrong is None for check in checks),
        checks={check.part: {"ok": check.wrong is None, "wrong": check.wrong} for check in checks},
    )


@router.api_route("/metrics", methods=["GET", "HEAD"])
def metrics(here: Here) -> Response:
    return Response(here.metrics.text(), media_type=CONTENT_TYPE_LATEST)
