"""The renderers of one edition: one for each language its readers have."""

from collections.abc import Mapping
from dataclasses import replace

from service.languages import language, nearest
from service.rendering.brief import BriefRenderer
from service.rendering.compile import compile_source
from service.rendering.message import Content
from service.rendering.values import Card, Masthead, Reader
from service.tokens import Signer

_MOST = 64  # languages are few; what people have for one may be many


class Voices:
    """Renders each reader's brief in their own language, or else in the list's."""

    def __init__(
        self,
        files: Mapping[str, str],
        masthead: Masthead,
        cards: Mapping[int, Card],
        signer: Signer,
        *,
        template: str,
    ) -> None:
        """Compile for the list's language; raises `TemplateError` when that cannot be done."""
        self._files = files
        self._masthead = masthead
        self._cards = cards
        self._signer = signer
        self._template = template
        self._by_wish: dict[str, BriefRenderer] = {}
        self._by_code: dict[str, BriefRenderer] = {}
        self.of(masthead.language)

    def render(self, reader: Reader) -> Content:
        """Return the brief; raises as `BriefRenderer.render` does."""
        found = self._by_wish.get(reader.language) or self.of(reader.language)
        return found.render(reader)

    def of(self, wanted: str) -> BriefRenderer:
        """Return the renderer of a language; raises `TemplateError` for broken words in it."""
        lang = nearest(wanted) or language(self._masthead.language)
        made = self._by_code.get(lang.code)
        if made is None:
            made = self._by_code[lang.code] = BriefRenderer(
                compile_source(self._files, name=self._template, lang=lang),
                replace(self._masthead, language=lang.code),
                self._cards,
                self._signer,
            )
        if len(self._by_wish) >= _MOST:
            self._by_wish.clear()
        self._by_wish[wanted] = made
        return made
