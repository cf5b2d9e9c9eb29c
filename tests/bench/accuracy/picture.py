"""The report's pictures, written as SVG."""

from collections.abc import Mapping, Sequence
from html import escape
from math import log, log10

from tests.bench.accuracy.calibration import Bin
from tests.bench.accuracy.summary import Series

COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#777777", "#000000")
"""Told apart by colour-blind readers too (Paul Tol, "bright")."""

PROBABILITIES = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999)
MOST_LOGIT = log(0.9995 / 0.0005)
BOOTS = (1, 10, 100, 1000)
ROW = 24


def reliability_diagram(title: str, bins: Mapping[str, Sequence[Bin]], players: Sequence[str]) -> str:
    """Draw stated probability against the share that was right, with 95 % intervals, on log-odds axes.

    Args:
        title: The heading.
        bins: The bins of each player that stated anything.
        players: All players, so that each has one colour in all pictures.
    """
    left, top, size = 70, 50, 420
    parts = [_text(left, 25, title, "start", 15)]

    def across(chance: float) -> float:
        return left + size * _logit_place(chance)

    def down(chance: float) -> float:
        return top + size * (1 - _logit_place(chance))

    for chance in PROBABILITIES:
        parts.append(_line(across(chance), top, across(chance), top + size, "#dddddd"))
        parts.append(_line(left, down(chance), left + size, down(chance), "#dddddd"))
        parts.append(_text(across(chance), top + size + 18, f"{chance:g}", "middle"))
        parts.append(_text(left - 8, down(chance) + 4, f"{chance:g}", "end"))
    parts.append(_line(left, top + size, left + size, top, "#888888"))
    parts.append(_text(left + size / 2, top + size + 40, "stated probability", "middle"))
    parts.append(_text(left, top - 8, "share that was right", "start"))
    for number, (name, found) in enumerate(bins.items()):
        colour = COLOURS[players.index(name) % len(COLOURS)]
        shift = 2.5 * (number - len(bins) / 2)
        for each in found:
            x = across(each.stated) + shift
            low, high = each.interval
            parts.append(_line(x, down(low), x, down(high), colour))
            about = f"{name}: {each.count} statements of {each.stated:.3f}, {each.right} right"
            parts.append(_dot(x, down(each.share), 4, colour, about))
        parts += _legend(left + size + 30, top + 12 + 20 * number, name, colour)
    return _svg(left + size + 190, top + size + 60, parts)


def overview_diagram(tested: Sequence[Series]) -> str:
    """Draw for each cell the share of right answers and the mean number of boots of each player."""
    players = list(dict.fromkeys(each.player for each in tested))
    places = list(dict.fromkeys((each.ground, each.cell) for each in tested))
    left, top, width, gap = 320, 60, 330, 60
    height = ROW * len(places) + 10
    second = left + width + gap
    parts = [_text(left, 25, "right answers", "start", 15), _text(second, 25, "boots", "start", 15)]
    top += 20 * ((len(players) + 3) // 4)
    for number, name in enumerate(players):
        x = 10 + 210 * (number % 4)
        parts += _legend(x, 48 + 20 * (number // 4), name, COLOURS[number % len(COLOURS)])

    def boots_place(boots: float) -> float:
        return second + width * min(1.0, log10(max(1.0, boots)) / log10(BOOTS[-1]))

    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(_line(left + width * share, top, left + width * share, top + height, "#dddddd"))
        parts.append(_text(left + width * share, top + height + 16, f"{share:g}", "middle"))
    for tick in BOOTS:
        parts.append(_line(boots_place(tick), top, boots_place(tick), top + height, "#dddddd"))
        parts.append(_text(boots_place(tick), top + height + 16, f"{tick}", "middle"))
    for row, (ground, cell) in enumerate(places):
        y = top + ROW * row + ROW / 2 + 5
        parts.append(_text(left - 10, y + 4, f"{ground} {cell}", "end", 11))
        parts.append(_line(left, y, second + width, y, "#eeeeee"))
        for each in tested:
            if (each.ground, each.cell) == (ground, cell):
                colour = COLOURS[players.index(each.player) % len(COLOURS)]
                share, boots = each.share("right"), each.mean("boots")[0]
                about = f"{each.player} in {cell}: right {share:.3f}, {boots:.1f} boots"
                beside = y + (ROW - 8) * ((players.index(each.player) + 0.5) / len(players) - 0.5)
                parts.append(_dot(left + width * share, beside, 3.5, colour, about))
                parts.append(_dot(boots_place(boots), beside, 3.5, colour, about))
    return _svg(second + width + 30, top + height + 30, parts)


def _logit_place(chance: float) -> float:
    """Place of a probability on an axis of log-odds, from 0 to 1."""
    inside = min(max(chance, 1e-6), 1 - 1e-6)
    logit = log(inside / (1 - inside))
    return min(1.0, max(0.0, (logit / MOST_LOGIT + 1) / 2))


def _legend(x: float, y: float, name: str, colour: str) -> list[str]:
    return [_dot(x, y - 4, 5, colour, name), _text(x + 12, y, name, "start")]


def _dot(x: float, y: float, radius: float, colour: str, about: str) -> str:
    said = f"<title>{escape(about)}</title>"
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}" fill-opacity="0.85">{said}</circle>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str, size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"
