#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A picture of a terminal: reads what `tmux capture-pane -pe` gives, writes an SVG to standard output.

  tmux capture-pane -pe -t PANE | scripts/screen_to_svg.py >docs/cockpit.svg
"""
import html
import re
import sys
import unicodedata

CELL_W, CELL_H, FONT = 8.4, 17, 14
BACKGROUND, FOREGROUND = "#14161a", "#d5d8dd"
BASE = ["#2a2d33", "#ff6b70", "#6fd498", "#ffc145", "#8db8f0", "#d9a2ef", "#6fd0dc", "#d5d8dd",
        "#7f848e", "#ff8f80", "#8fe3b0", "#ffd685", "#a9cbf5", "#e5bdf5", "#95dfe8", "#ffffff"]
STEPS = [0, 95, 135, 175, 215, 255]


def color(n: int) -> str:
    if n < 16:
        return BASE[n]
    if n >= 232:
        return "#%02x%02x%02x" % ((8 + 10 * (n - 232),) * 3)
    n -= 16
    return "#%02x%02x%02x" % (STEPS[n // 36], STEPS[n // 6 % 6], STEPS[n % 6])


class Style:
    def __init__(self):
        self.fg = self.bg = None
        self.bold = self.dim = self.italic = self.underline = self.reverse = False

    def apply(self, text: str) -> None:
        codes = [int(c or 0) for c in re.split("[;:]", text)]
        while codes:
            c = codes.pop(0)
            if c == 0:
                self.__init__()
            elif c in (38, 48):
                kind = codes.pop(0) if codes else 0
                value = None
                if kind == 5 and codes:
                    value = color(codes.pop(0))
                elif kind == 2 and len(codes) >= 3:
                    value = "#%02x%02x%02x" % tuple(codes[:3])
                    del codes[:3]
                if c == 38:
                    self.fg = value
                else:
                    self.bg = value
            elif c in (1, 2, 3, 4, 7):
                setattr(self, {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse"}[c], True)
            elif c == 22:
                self.bold = self.dim = False
            elif c in (23, 24, 27):
                setattr(self, {23: "italic", 24: "underline", 27: "reverse"}[c], False)
            elif 30 <= c <= 37 or 90 <= c <= 97:
                self.fg = BASE[c - 30 if c < 90 else c - 82]
            elif 40 <= c <= 47 or 100 <= c <= 107:
                self.bg = BASE[c - 40 if c < 100 else c - 92]
            elif c == 39:
                self.fg = None
            elif c == 49:
                self.bg = None

    def key(self):
        fg, bg = self.fg or FOREGROUND, self.bg
        if self.reverse:
            fg, bg = bg or BACKGROUND, fg
        return fg, bg, self.bold, self.dim, self.italic, self.underline


def width(c: str) -> int:
    return 0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1


def runs(line: str, style: Style):
    """Pieces of one style: (column, columns, text, style)."""
    at = 0
    for piece in re.split(r"(\x1b\[[0-9;:]*m)", line):
        if piece.startswith("\x1b["):
            style.apply(piece[2:-1])
            continue
        piece = re.sub(r"\x1b.|[\x00-\x1f]", "", piece)
        if piece:
            columns = sum(map(width, piece))
            yield at, columns, piece, style.key()
            at += columns


def main() -> None:
    lines = sys.stdin.read().rstrip("\n").split("\n")
    style = Style()
    rows = [list(runs(line, style)) for line in lines]
    columns = max((r[-1][0] + r[-1][1] for r in rows if r), default=1)
    w, h = columns * CELL_W + 24, len(rows) * CELL_H + 24
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.0f}" height="{h:.0f}" viewBox="0 0 {w:.0f} {h:.0f}" '
           f'font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="{FONT}">',
           f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>']
    for y, row in enumerate(rows):
        for x, n, text, (fg, bg, bold, dim, italic, underline) in row:
            left, top = 12 + x * CELL_W, 12 + y * CELL_H
            if bg:
                out.append(f'<rect x="{left:.1f}" y="{top}" width="{n * CELL_W:.1f}" height="{CELL_H}" fill="{bg}"/>')
            if not text.strip():
                continue
            more = (' font-weight="bold"' if bold else "") + (' opacity=".6"' if dim else "")
            more += (' font-style="italic"' if italic else "") + (' text-decoration="underline"' if underline else "")
            out.append(f'<text x="{left:.1f}" y="{top + 13}" fill="{fg}" textLength="{n * CELL_W:.1f}" '
                       f'xml:space="preserve"{more}>{html.escape(text)}</text>')
    print("\n".join(out + ["</svg>"]))


if __name__ == "__main__":
    main()
