"""Charts as SVG, drawn with nothing but numbers: bars with their intervals, and lines. Pure."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

from service.evaluation.metrics import Estimate

WIDTH = 720
_LEFT, _RIGHT, _TOP = 190, 64, 52
_BAR, _GAP = 16, 10
_LINES_HEIGHT, _LINES_LEFT, _LINES_BOTTOM = 320, 56, 44
_INK, _QUIET, _GRID, _ACCENT = "#1C1B17", "#6B675D", "#E4DFD3", "#B4381C"
COLOURS = ("#B4381C", "#1F6F78", "#B98A1E", "#6B675D", "#5A4A8A")
_STYLE = (
    "<style>text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;"
    f"font-size:13px;fill:{_INK}}}.q{{fill:{_QUIET};font-size:12px}}"
    ".t{font-size:15px;font-weight:600}</style>"
)

_STEPS = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10)  # that go well into quarters
_Place = Callable[[int, float], tuple[float, float]]


def bars(title: str, values: Mapping[str, Estimate], *, marked: str, note: str = "") -> str:
    """Draw one bar a name, with its 95 % interval; `marked` stands out."""
    most = max((value.high for value in values.values()), default=1.0) or 1.0
    height = _TOP + len(values) * (_BAR + _GAP) + 28
    scale = (WIDTH - _LEFT - _RIGHT) / most
    drawn = [_text(0, 20, title, kind="t"), _text(0, 39, note, kind="q")]
    for number, (name, value) in enumerate(values.items()):
        y = _TOP + number * (_BAR + _GAP)
        middle = y + _BAR / 2
        colour = _ACCENT if name == marked else "#BDB7AA"
        end = _LEFT + value.mean * scale
        low, high = _LEFT + value.low * scale, _LEFT + value.high * scale
        bar = (
            f'<rect x="{_LEFT}" y="{y}" width="{end - _LEFT:.1f}" height="{_BAR}" rx="2" '
            f'fill="{colour}"/>'
        )
        interval = f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="{_INK}" stroke-width="1.5"/>'
        drawn += [
            _text(_LEFT - 10, middle + 4.5, name, anchor="end"),
            bar,
            interval,
            _text(high + 8, middle + 4.5, f"{value.mean:.3f}", kind="q"),
        ]
    return _svg(height, title, drawn)


def lines(
    title: str,
    series: Mapping[str, Sequence[float]],
    *,
    at: Sequence[str],
    along: str,
    note: str = "",
    bands: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> str:
    """Draw one line a name over the places named by `at`, with its intervals as a pale band."""
    bands = bands or {}
    highest = max(
        (
            value
            for name, values in series.items()
            for value in (*values, *(high for _, high in bands.get(name, ())))
        ),
        default=1.0,
    )
    most = _round_up(highest)
    right = WIDTH - 150
    bottom = _LINES_HEIGHT - _LINES_BOTTOM
    step = (right - _LINES_LEFT) / max(1, len(at) - 1)

    def place(number: int, value: float) -> tuple[float, float]:
        return _LINES_LEFT + number * step, bottom - value / most * (bottom - _TOP)

    drawn = [_text(0, 20, title, kind="t"), _text(0, 39, note, kind="q")]
    for quarter in range(5):
        value = most * quarter / 4
        _, y = place(0, value)
        drawn.append(f'<path d="M{_LINES_LEFT} {y:.1f}H{right:.1f}" stroke="{_GRID}"/>')
        drawn.append(_text(_LINES_LEFT - 8, y + 4, f"{value:.3g}", kind="q", anchor="end"))
    for number, name in enumerate(at):
        x, _ = place(number, 0)
        drawn.append(_text(x, bottom + 20, name, kind="q", anchor="middle"))
    drawn.append(_text((_LINES_LEFT + right) / 2, bottom + 40, along, kind="q", anchor="middle"))
    names = _names_apart(series, place)
    for number, (name, values) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        if name in bands:
            drawn.append(_band(bands[name], place, colour))
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, *_numbered(values)))
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" '
            'stroke-linejoin="round" stroke-linecap="round"/>'
        )
        drawn.append(
            f'<text x="{right + 10}" y="{names[name]:.1f}" style="fill:{colour}">'
            f"{escape(name)}</text>"
        )
    return _svg(_LINES_HEIGHT, title, drawn)


def _names_apart(series: Mapping[str, Sequence[float]], place: _Place) -> dict[str, float]:
    """Return where the names at the ends of lines stand, so that none covers another."""
    ends = sorted(
        (place(len(values) - 1, values[-1])[1] + 4, name) for name, values in series.items()
    )
    found: dict[str, float] = {}
    last = 0.0
    for y, name in ends:
        last = max(y, last + 17)
        found[name] = last
    return found


def _band(interval: Sequence[tuple[float, float]], place: _Place, colour: str) -> str:
    low = [place(number, value) for number, (value, _) in enumerate(interval)]
    high = [place(number, value) for number, (_, value) in enumerate(interval)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*high, *reversed(low)])
    return f'<polygon points="{points}" fill="{colour}" opacity="0.13"/>'


def _numbered(values: Sequence[float]) -> tuple[range, Sequence[float]]:
    return range(len(values)), values


def _round_up(value: float) -> float:
    """Return a round number not below `value`, for the top of a scale."""
    if value <= 0:
        return 1.0
    size = 1.0
    while size * 10 <= value:
        size *= 10
    while size > value:
        size /= 10
    return next(
        size * step for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if size * step >= value
    )


def _text(x: float, y: float, words: str, *, kind: str = "", anchor: str = "start") -> str:
    if not words:
        return ""
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}>{escape(words)}</text>'


def _svg(height: float, title: str, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-16 -8 {WIDTH + 32} {height + 16:.0f}" '
        f'role="img" aria-label="{escape(title)}">{_STYLE}'
        f'<rect x="-16" y="-8" width="{WIDTH + 32}" height="{height + 16:.0f}" fill="#FBFAF6"/>'
        f"{''.join(drawn)}</svg>\n"
    )
