"""What stands on what in dashboard/asset/style.css is readable: WCAG 2.1, 1.4.3 and 1.4.11, level AA.

The colours are custom properties, in :root for light (and paper), in a media query for dark.
"""
import re

import pytest

from project import SOURCE
from source import read, refuse

CSS = re.sub(r"/\*.*?\*/", "", read(SOURCE, "dashboard/asset/style.css"), flags=re.DOTALL)
PROPERTY = re.compile(r"(--[\w-]+):\s*([^;]+);")
DARK = "@media screen and (prefers-color-scheme: dark)"

SERIES = [f"s{i}" for i in range(8)] + ["other"]
STATES = ["good", "warn", "bad"]
TEXT = [("accent-ink", "accent"), ("accent", "accent-tint"), ("soft", "sunken"),
        *[(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("page", "card")],
        *[(ink, "sunken") for ink in ("ink", "accent")],
        *[(state, "card") for state in STATES], *[(state, f"{state}-tint") for state in STATES]]
# Marks of charts stand on cards, one apart from the other by a gap of the card's colour; what is
# missing of a day stands on `sunken`.
MARKS = [*[(series, "card") for series in SERIES], *[(f"h{i}", "card") for i in range(5)],
         *[(f"h{i}", "sunken") for i in (1, 2, 3)], ("h0", "bad-tint"),
         *[("edge", ground) for ground in ("page", "card", "sunken")], ("s0", "sunken"),
         ("bad", "sunken")]


def colours(scheme):
    """Light are the first, dark those with what its block says else."""
    light = dict(PROPERTY.findall(CSS[CSS.index(":root"):CSS.index("}")]))
    begin = CSS.index(DARK)
    dark = dict(PROPERTY.findall(CSS[begin:CSS.index("}", begin)]))
    return light if scheme == "light" else dark


def luminance(colour):
    digits = re.fullmatch(r"#(\w\w)(\w\w)(\w\w)", colour).groups()
    parts = [int(part, 16) / 255 for part in digits]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def contrast_faults(known, pairs, least):
    for mark, ground in pairs:
        ratio = contrast(known[f"--{mark}"], known[f"--{ground}"])
        if ratio < least:
            yield f"--{mark} on --{ground}: {ratio:.2f}:1, at least {least}:1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("pairs, least", [(TEXT, 4.5), (MARKS, 3)], ids=["text", "marks"])
def test_contrast(scheme, pairs, least):
    refuse(contrast_faults(colours(scheme), pairs, least))


def test_both_schemes_have_all_colours():
    assert colours("light").keys() == colours("dark").keys()


def test_every_property_in_use_is_known():
    known = {name for name, _ in PROPERTY.findall(CSS)}
    assert not set(re.findall(r"var\((--[\w-]+)", CSS)) - known


def test_every_mark_has_its_colour():
    for name in [*SERIES, *(f"h{i}" for i in range(1, 5))]:
        assert re.search(rf"^\.{name} {{ fill: var\(--{name}\); }}$", CSS, re.MULTILINE), name


def test_the_measure_is_right():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert list(contrast_faults({"--a": "#777777", "--b": "#ffffff"}, [("a", "b")], 4.5))
