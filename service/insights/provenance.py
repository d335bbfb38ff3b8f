"""Find the podcasts and episodes insights come from, and make those that are new."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.db.bulk import insert_ignoring
from service.insights.models import Episode, Podcast
from service.insights.queries import episodes_by_title, podcast_ids


@dataclass(frozen=True, slots=True)
class FoundEpisodes:
    """Ids by podcast and title, and the episodes whose address had to be put right."""

    ids: Mapping[tuple[int, str], int]
    moved: frozenset[int]


def find_or_create_podcasts(session: Session, names: set[str]) -> dict[str, int]:
    """Return name to id."""
    if not names:
        return {}
    known = podcast_ids(session, names=names)
    missing = sorted(names - set(known))
    if not missing:
        return known
    insert_ignoring(session, Podcast, [{"name": name} for name in missing])
    return known | podcast_ids(session, names=missing)


def find_or_create_episodes(
    session: Session, episodes: Mapping[tuple[int, str], str | None]
) -> FoundEpisodes:
    """Return the episodes (podcast id and title, to address); an address that is stated wins."""
    if not episodes:
        return FoundEpisodes({}, frozenset())
    known = episodes_by_title(session, titles=episodes)
    missing = sorted(set(episodes) - set(known))
    if missing:
        rows = [
            {"podcast_id": podcast_id, "title": title, "url": episodes[podcast_id, title]}
            for podcast_id, title in missing
        ]
        insert_ignoring(session, Episode, rows)
        known |= episodes_by_title(session, titles=missing)
    moved = [
        {"id": episode_id, "url": episodes[place]}
        for place, (episode_id, url) in known.items()
        if episodes[place] is not None and episodes[place] != url
    ]
    if moved:
        session.execute(update(Episode), moved)
    ids = {place: episode_id for place, (episode_id, _) in known.items()}
    return FoundEpisodes(ids, frozenset(int(row["id"] or 0) for row in moved))
