"""The index of rare words: which insights hold a term, the newest of them, in one look."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from service.db.bulk import insert_ignoring, write_numbers
from service.insights.story_models import InsightTerm
from service.insights.understanding.shared_terms import NEWEST_OF_A_TERM, Terms
from service.insights.understanding.stretches import Ids
from service.insights.understanding.telling import index_terms

_POSTGRESQL = text(
    "SELECT wanted.term, array(SELECT insight_id FROM insight_terms WHERE term = wanted.term "
    "AND insight_id < :before ORDER BY insight_id DESC LIMIT :most) AS found "
    "FROM unnest(CAST(:terms AS integer[])) AS wanted (term)"
)
_SQLITE = text(
    "SELECT wanted.value, (SELECT json_group_array(insight_id) FROM (SELECT insight_id "
    "FROM insight_terms WHERE term = wanted.value AND insight_id < :before "
    "ORDER BY insight_id DESC LIMIT :most)) FROM json_each(:terms) AS wanted"
)
_SIGN = 1 << 31


def newest_with_terms(
    session: Session, terms: Sequence[int], *, before_id: int
) -> Mapping[int, Ids]:
    """Return the newest insights below `before_id` of each term that has any, newest first."""
    if not terms:
        return {}
    signed = [_signed(term) for term in terms]
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    rows = session.execute(
        _POSTGRESQL if on_postgresql else _SQLITE,
        {
            "terms": signed if on_postgresql else json.dumps(signed),
            "before": before_id,
            "most": NEWEST_OF_A_TERM,
        },
    )
    return {
        term % (1 << 32): np.array(ids, dtype=np.int64)
        for term, found in rows
        if (ids := found if on_postgresql else json.loads(found))
    }


def write_terms(session: Session, sketches: Mapping[int, Terms]) -> None:
    """Index new insights: id to terms."""
    terms = np.array([term for found in sketches.values() for term, _ in found], np.uint32)
    ids = np.repeat(np.array(list(sketches), np.int64), [len(found) for found in sketches.values()])
    signed = terms.astype(np.int32)
    order = np.lexsort((ids, signed))  # neighbours in the index are written together
    write_numbers(session, InsightTerm, {"term": signed[order], "insight_id": ids[order]})


def replace_terms(session: Session, insight_id: int, *, before: str, after: str) -> None:
    """Index an insight whose text was put right."""
    old, new = ({_signed(term) for term, _ in index_terms(told)} for told in (before, after))
    session.execute(
        delete(InsightTerm).where(
            InsightTerm.term.in_(old - new), InsightTerm.insight_id == insight_id
        )
    )
    insert_ignoring(
        session, InsightTerm, [{"term": term, "insight_id": insight_id} for term in sorted(new)]
    )


def _signed(term: int) -> int:
    """Return a term as it is stored: four bytes with a sign."""
    return term - (1 << 32) if term >= _SIGN else term
