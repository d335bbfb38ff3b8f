"""The renderers of one edition: one for each manner in which its readers want it."""

from collections.abc import Mapping

from service.languages import language, nearest
from service.rendering.brief import BriefRenderer
from service.rendering.compile import compile_source
from service.rendering.message import Content
from service.rendering.values import Card, Manner, Masthead, Reader
from service.tokens import Signer

_Wish = tuple[str, bool, str]
_MOST = 256  # manners are few; what people have for a language may be many


class Voices:
    """Renders each reader's brief as they want it: in their language, or else the list's."""

    def __init__(
        self,
        files: Mapping[str, str],
        masthead: Masthead,
        cards: Mapping[int, Card],
        signer: Signer,
        *,
        template: str,
        are_copies: bool = False,
    ) -> None:
        """Compile for the list's language; raises `TemplateError` when that cannot be done."""
        self._files = files
        self._masthead = masthead
        self._cards = cards
        self._signer = signer
        self._template = template
        self._are_copies = are_copies
        self._by_wish: dict[_Wish, BriefRenderer] = {}
        self._by_manner: dict[Manner, BriefRenderer] = {}
        self.of(masthead.language)

    def render(self, reader: Reader) -> Content:
        """Return the brief; raises as `BriefRenderer.render` does."""
        found = self._by_wish.get((reader.language, reader.may_track, reader.note))
        if found is None:
            found = self.of(reader.language, may_track=reader.may_track, note=reader.note)
        return found.render(reader)

    def of(self, wanted: str, *, may_track: bool = False, note: str = "") -> BriefRenderer:
        """Return the renderer of a manner; raises `TemplateError` for broken words in it."""
        lang = nearest(wanted) or language(self._masthead.language)
        manner = Manner(
            language=lang.code,
            is_tracked=may_track and not self._are_copies,
            note=note,
            is_copy=self._are_copies,
        )
        made = self._by_manner.get(manner)
        if made is None:
            template = compile_source(self._files, name=self._template, lang=lang)
            made = self._by_manner[manner] = BriefRenderer(
                template, self._masthead, self._cards, self._signer, manner
            )
        if len(self._by_wish) >= _MOST:
            self._by_wish.clear()
        self._by_wish[wanted, may_track, note] = made
        return made
