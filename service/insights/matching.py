"""Find insights by words, in the full-text index the database keeps: FTS5 or tsvector.

This only gathers candidates, a few hundred of any number stored; `service.insights.nearness` ranks
them, alike on both databases. Both indexes fold case and reduce English
words to their stems; words of other languages are found as they are written.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

MOST_WORDS = 16  # asked for at once; more find the same and cost more

_SQLITE = text(
    "SELECT insights.id FROM insight_search JOIN insights ON insights.id = insight_search.rowid "
    "WHERE insight_search MATCH :wanted AND NOT insights.hidden "
    "ORDER BY bm25(insight_search, 2.0, 1.0, 1.0), insights.id DESC LIMIT :most"
)
_POSTGRESQL = text(
    # ranking reads every row it ranks: a word of many insights is ranked among the newest of them
    "WITH wanted AS (SELECT to_tsquery('english', :wanted) AS words), "
    "found AS MATERIALIZED (SELECT id FROM insights, wanted WHERE search_words @@ words), "
    "newest AS (SELECT id FROM found ORDER BY id DESC LIMIT 2000) "
    "SELECT insights.id FROM newest JOIN insights USING (id), wanted WHERE NOT hidden "
    "ORDER BY ts_rank(search_words, words, 1) DESC, insights.id DESC LIMIT :most"
)


def insights_with_words(session: Session, words: Sequence[str], *, most: int) -> list[int]:
    """Return visible insights that hold any of these words, those with more and rarer ones first.

    `words` are single folded words as `understanding.words` reads them; a word of signs alone
    finds nothing.
    """
    wanted = [word for word in dict.fromkeys(words) if word.isalnum()][:MOST_WORDS]
    if not wanted:
        return []
    if session.get_bind().dialect.name == "postgresql":
        query = " | ".join(f"'{word}'" for word in wanted)
        return list(session.scalars(_POSTGRESQL, {"wanted": query, "most": most}))
    query = " OR ".join(f'"{word}"' for word in wanted)
    return list(session.scalars(_SQLITE, {"wanted": query, "most": most}))
