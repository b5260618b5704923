# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Draws how cost grows."""

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter

INK = "#2e3436"
PALE = "#d3d7cf"
COLOURS = ["#1c71d8", "#c64600", "#26a269", "#813d9c", "#a51d2d"]


def plain(value, _):
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def draw_panel(axes, title, series):
    for colour, one in zip(COLOURS, series):
        # A few buffered values take no memory that can be measured, and 0 has no place on this axis.
        points = [point for point in zip(one["n"], one["each"]) if point[1] > 0]
        axes.plot(*zip(*points), marker="o", markersize=4, linewidth=1.8, color=colour,
                  label=f"{one['name']}: {one['of']}")
    axes.set_title(title, loc="left", fontsize=11, color=INK, pad=10)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("so many at once", color=INK)
    axes.xaxis.set_major_formatter(FuncFormatter(plain))
    axes.yaxis.set_major_formatter(FuncFormatter(plain))
    axes.minorticks_off()
    axes.grid(True, color=PALE, linewidth=0.6)
    axes.tick_params(colors=INK, length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.legend(frameon=False, fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.16), labelcolor=INK)


def draw(series, path):
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 5.6), dpi=110)
    draw_panel(left, "Microseconds for each", [one for one in series if one["unit"] == "us"])
    draw_panel(right, "Bytes for each", [one for one in series if one["unit"] == "bytes"])
    figure.tight_layout(w_pad=3)
    # Without the software's name, the same figures give the same file.
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)
