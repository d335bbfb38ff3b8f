"""Draw the picture that goes along with a link: words on paper, in the site's own face."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from service.config import STATIC
from service.rendering.clip import cleaned, cut_to
from service.web.public.card_words import CardWords

WIDTH, HEIGHT = 1200, 630  # what OpenGraph and Twitter cards ask for
_MARGIN = 80
_PAPER, _INK, _QUIET, _RULE, _ACCENT = "#FBFAF6", "#1C1B17", "#6B675D", "#E4E0D6", "#B4381C"
_FILES = ("newsreader-latin-wght-normal.woff2", "newsreader-latin-ext-wght-normal.woff2")
_SIZES = (76, 68, 60, 54, 48, 44)  # of the words, largest first
_TOP, _BOTTOM = 170, 500  # between which the words stand
_LINE = 1.22
_LONGEST_WORDS = 240
_NOTHING = "\uffff"  # no face has it, so it is drawn as what stands for a missing sign
_BARS = (6, 14, 8, 12, 4)  # heights of the mark's five, in the units of static/mark.svg
_BAR_WIDTH, _BAR_STEP, _UNIT = 2, 3, 3.0


def draw_card(said: CardWords) -> bytes:
    """Return a PNG. Words our face has no signs for are left out: no picture shows empty boxes."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    pen = ImageDraw.Draw(image)
    _draw_mark(pen)
    words = cut_to(cleaned(said.words), _LONGEST_WORDS)
    if can_write(words):
        _draw_words(pen, words)
    else:
        _draw_line(pen, (_MARGIN, 260), "podbrief", _face(120, 500), _INK)
    pen.line((_MARGIN, 530, WIDTH - _MARGIN, 530), fill=_RULE, width=2)
    source = cleaned(said.source)
    if can_write(source):
        face = _face(28, 400)
        (line, *_) = _lines(source, face) or [""]
        _draw_line(pen, (_MARGIN, 552), line, face, _QUIET)
    out = BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def can_write(text: str) -> bool:
    """Whether our face has a sign for every character."""
    return all(_which(character) is not None for character in text)


def _draw_mark(pen: ImageDraw.ImageDraw) -> None:
    left, middle, width = _MARGIN, 92, _BAR_WIDTH * _UNIT
    for number, height in enumerate(_BARS):
        x, half = left + number * _BAR_STEP * _UNIT, height * _UNIT / 2
        pen.rounded_rectangle(
            (x, middle - half, x + width, middle + half), radius=width / 2, fill=_ACCENT
        )
    _draw_line(pen, (left + 60, middle - 24), "podbrief", _face(40, 600), _INK)


def _draw_words(pen: ImageDraw.ImageDraw, words: str) -> None:
    size, lines = _fitted(words)
    y = _TOP + max(0, (_BOTTOM - _TOP - len(lines) * size * _LINE) / 2)
    for line in lines:
        _draw_line(pen, (_MARGIN, y), line, _face(size, 600), _INK)
        y += size * _LINE


def _fitted(words: str) -> tuple[int, list[str]]:
    """Return the largest size in which the words have room, and their lines."""
    for size in _SIZES:
        lines = _lines(words, _face(size, 600))
        if len(lines) <= _most_lines(size):
            return size, lines
    smallest = _SIZES[-1]
    *kept, last = _lines(words, _face(smallest, 600))[: _most_lines(smallest)]
    return smallest, [*kept, last.rstrip(" ,;:.") + "…"]


def _most_lines(size: int) -> int:
    return int((_BOTTOM - _TOP) / (size * _LINE))


def _lines(words: str, face: "_Face") -> list[str]:
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, face) <= WIDTH - 2 * _MARGIN:
            lines[-1] = longer
        else:
            lines += _broken(word, face)
    return [line for line in lines if line]


def _broken(word: str, face: "_Face") -> list[str]:
    """Return a word as one line, or as several when it is longer than any line."""
    parts = [""]
    for character in word:
        if _width(parts[-1] + character, face) > WIDTH - 2 * _MARGIN:
            parts.append("")
        parts[-1] += character
    return parts


_Face = tuple[ImageFont.FreeTypeFont, ...]


@cache
def _face(size: int, weight: int) -> _Face:
    """Return the files of our face, set to a size and weight; each holds a part of the signs."""
    fonts = []
    for name in _FILES:
        font = ImageFont.truetype(STATIC / "vendor" / "newsreader" / name, size)
        font.set_variation_by_axes([weight])
        fonts.append(font)
    return tuple(fonts)


@cache
def _which(character: str) -> int | None:
    """Return which file has a sign, or None."""
    if character == " ":
        return 0
    if not character.isprintable():
        return None
    for number, font in enumerate(_face(40, 400)):
        if bytes(font.getmask(character)) != bytes(font.getmask(_NOTHING)):
            return number
    return None


def _runs(text: str) -> list[tuple[int, str]]:
    runs: list[tuple[int, str]] = []
    for character in text:
        number = _which(character) or 0
        if runs and runs[-1][0] == number:
            runs[-1] = (number, runs[-1][1] + character)
        else:
            runs.append((number, character))
    return runs


def _width(text: str, face: _Face) -> float:
    return sum(face[number].getlength(run) for number, run in _runs(text))


def _draw_line(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, face: _Face, colour: str
) -> None:
    x, y = at
    for number, run in _runs(text):
        pen.text((x, y), run, font=face[number], fill=colour)
        x += face[number].getlength(run)
