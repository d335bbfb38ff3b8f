"""What notices are rendered from: their sender, and the link that is theirs alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audience.models import NewsletterList
from service.db.sealed import Sealer
from service.errors import ConfigurationError, InputError, PodbriefError
from service.languages import ENGLISH
from service.ledger.notice_models import Notice, NoticeKind
from service.rendering.links import manage_url
from service.rendering.notice import NoticeRenderer
from service.rendering.values import Letter
from service.tokens import Purpose, Signer

HOUSE = "Podbrief"  # how the sender of mails that belong to no list is called

Mailbox = tuple[str, str]  # name, address


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterDesk:
    """All it takes to make messages of notices; one a process."""

    renderer: NoticeRenderer
    signer: Signer
    sealer: Sealer
    public_url: str
    from_address: str | None = None  # setting mail.from_address

    def letters(
        self, session: Session, notices: Sequence[Notice]
    ) -> dict[int, Letter | PodbriefError]:
        """Return what each notice says, by its id, or what is wrong with that one."""
        house = house_mailbox(session, self.from_address)
        lists = _lists_of(session, notices)
        letters: dict[int, Letter | PodbriefError] = {}
        for notice in notices:
            try:
                letters[notice.id] = self._letter(notice, lists.get(notice.list_id or 0), house)
            except PodbriefError as error:
                letters[notice.id] = error
            except (KeyError, TypeError, ValueError) as error:
                reason = f"the arguments of a {notice.kind} notice are not as it needs them"
                letters[notice.id] = InputError(f"{reason}: {error!r}")
        return letters

    def _letter(
        self, notice: Notice, newsletter: NewsletterList | None, house: Mailbox | None
    ) -> Letter:
        mailbox = (newsletter.from_name, newsletter.from_email) if newsletter else house
        if mailbox is None:
            raise ConfigurationError(NO_SENDER)
        return Letter(
            notice_id=notice.id,
            kind=notice.kind,
            recipient=notice.recipient,
            from_name=mailbox[0],
            from_email=mailbox[1],
            created_at=notice.created_at,
            expires_at=notice.expires_at,
            link_url=f"{self.public_url}{self._path(notice)}",
            list_name=newsletter.name if newsletter else "",
            site=_site(self.public_url),
            language=notice.arguments.get("language", ENGLISH),
            hour=notice.arguments.get("hour"),
            zone=notice.arguments.get("zone", "").replace("_", " "),
            at_once=bool(notice.arguments.get("at_once")),
        )

    def _path(self, notice: Notice) -> str:
        if notice.kind == NoticeKind.SIGN_IN:
            return f"/signin/{self.sealer.open(notice.arguments['sealed'])}"
        if notice.kind == NoticeKind.STILL_THERE:
            subscription_id = notice.arguments["subscription_id"]
            token = self.signer.sign(Purpose.RHYTHM, subscription_id, expires_at=notice.expires_at)
            return f"/rhythm/{token}"
        if notice.kind == NoticeKind.CONFIRM:
            token = self._token(Purpose.CONFIRM, notice, "subscription_id")
            return f"/confirm/{token}{_topics(notice)}"
        if notice.kind in (NoticeKind.MOVE, NoticeKind.MOVED):
            agrees = int(notice.kind == NoticeKind.MOVE)
            change_id = notice.arguments["change_id"]
            token = self.signer.sign(
                Purpose.ADDRESS, change_id, agrees, expires_at=notice.expires_at
            )
            return f"/address/{token}"
        return manage_url("", self._token(Purpose.MANAGE, notice, "subscriber_id", "link_number"))

    def _token(self, purpose: Purpose, notice: Notice, *named: str) -> str:
        ids = [notice.arguments[name] for name in named]
        return self.signer.sign(purpose, *ids, expires_at=notice.expires_at)


NO_SENDER = (
    "nobody is set to send mails that belong to no list: "
    "set PODBRIEF_MAIL_FROM_ADDRESS, or make a list with `podbrief lists create`"
)


def house_mailbox(session: Session, from_address: str | None) -> Mailbox | None:
    """Return who sends what belongs to no list: as set, else as the oldest list does."""
    if from_address is not None:
        return HOUSE, from_address
    oldest = session.scalars(select(NewsletterList).order_by(NewsletterList.id).limit(1)).first()
    return None if oldest is None else (oldest.from_name, oldest.from_email)


def _lists_of(session: Session, notices: Sequence[Notice]) -> dict[int, NewsletterList]:
    ids = {notice.list_id for notice in notices if notice.list_id is not None}
    found = session.scalars(select(NewsletterList).where(NewsletterList.id.in_(ids)))
    return {newsletter.id: newsletter for newsletter in found}


def _topics(notice: Notice) -> str:
    """Return what the page is to show as chosen, from where they asked: a wish, no authority."""
    slugs = notice.arguments.get("topics", "")
    return f"?{urlencode({'topics': slugs})}" if slugs else ""


def _site(public_url: str) -> str:
    """Return the site's address as a person says it."""
    parts = urlsplit(public_url)
    return f"{parts.netloc}{parts.path}"
