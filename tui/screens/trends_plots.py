"""The plots of the trends: runs, how long they took and were asked, and cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from textual.content import Content

from engine.figures import Figures, Spread
from engine.spending import dollars
from engine.trends import Trends
from tui.widgets.plot import Layer, Picture
from tui.widgets.safe import plain
from tui.words.figures import cost_of, percent, short

ALL, BAD, PAID = "$text-primary", "$text-error", "$text-warning"
MEDIAN, MOST = "$text-accent", "$foreground-muted"
NAMES = ("runs", "took", "asked", "cost")

Value = Callable[[Figures], float | None]
Words = tuple[str, str]  # with their style


def pictures(trends: Trends) -> dict[str, Picture]:
    return {
        "runs": runs(trends),
        "took": times(trends, "Took", lambda each: each.took, "No run has ended."),
        "asked": times(trends, "Asked", lambda each: each.asked, "Nobody was asked."),
        "cost": cost(trends),
    }


def runs(trends: Trends) -> Picture:
    whole = trends.whole
    failed = whole.ends.get("failed", 0)
    return picture(
        trends,
        "Runs",
        [
            (f"{whole.runs:,}", ALL),
            (f"{percent(whole.succeeded)} succeeded" * (whole.open < whole.runs), ""),
            (f"{failed:,} failed" * bool(failed), BAD),
        ],
        [
            Layer(values(trends, lambda each: each.runs or None), ALL, bars=True),
            Layer(values(trends, lambda each: each.ends.get("failed")), BAD, bars=True),
        ],
        lambda top: f"{top:,.0f}",
        "No run was begun.",
    )


def times(
    trends: Trends, title: str, of: Callable[[Figures], Spread], empty: str
) -> Picture:
    whole = of(trends.whole)
    return picture(
        trends,
        title,
        [
            (f"{short(whole.median)} median" * (whole.median is not None), MEDIAN),
            (f"{short(whole.most)} nine of ten" * (whole.most is not None), MOST),
        ],
        [
            Layer(values(trends, lambda each: of(each).most), MOST),
            Layer(values(trends, lambda each: of(each).median), MEDIAN),
        ],
        short,
        empty,
    )


def cost(trends: Trends) -> Picture:
    spent = trends.whole.spent
    without = f"{len(spent.unpriced)} without a price" * bool(spent.unpriced)
    return picture(
        trends,
        "Cost",
        [(cost_of(spent), PAID), (without * bool(spent.cost), "")],
        [Layer(values(trends, lambda each: each.spent.cost or None), PAID, bars=True)],
        dollars,
        "Nothing was paid for.",
    )


def picture(
    trends: Trends,
    title: str,
    words: Sequence[Words],
    layers: Sequence[Layer],
    told: Callable[[float], str],
    empty: str,
) -> Picture:
    parts = [plain(text, style) for text, style in ((title, "bold"), *words) if text]
    top = max((v for layer in layers for v in layer.values if v), default=0.0)
    return Picture(
        title=Content("  ").join(parts),
        layers=layers,
        top=top,
        label=told(top),
        first=day(trends.spans[0].first),
        last=day(trends.spans[-1].last),
        empty=empty,
    )


def values(trends: Trends, of: Value) -> list[float | None]:
    return [of(span.figures) for span in trends.spans]


def day(at: date) -> str:
    return f"{at:%m-%d}"
