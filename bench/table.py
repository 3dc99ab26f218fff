"""The table of results: printed line by line, and as Markdown."""

HEAD = ("What", "Reeve", "Limit", "Ratio", "Target", "Reached", "On the clock: Reeve", "Limit")
WIDTHS = (52, 16, 32, 6, 14, 7, 20, 16)


def number(value, unit):
    if value is None:
        return "-"
    return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:.2f} {unit}"


class Table:
    def __init__(self, out):
        self.rows, self.out, self.all_measured = [], out, True
        self._print(HEAD)

    def _print(self, cells):
        print("  ".join(str(cell).ljust(width) for cell, width in zip(cells, WIDTHS)).rstrip(), file=self.out, flush=True)

    def add(self, what, value, unit, limit=None, limit_name="", at_least=None, at_most=None, ratio=None):
        """`ratio`: the least value/limit wanted; at_least, at_most: of the value itself. Rates count by CPU time."""
        clock = ("", "")
        if hasattr(value, "by_cpu"):
            clock = (number(value.by_clock, "/s"), number(limit.by_clock, "/s") if limit else "")
            value, limit, unit = value.by_cpu, limit.by_cpu if limit else None, "/CPU s"
        share = value / limit if limit else None
        target, reached = "", ""
        for bound, text, good in ((ratio, f">= {ratio} x", share is not None and ratio is not None and share >= ratio),
                                  (at_least, f">= {at_least:,}" if at_least else "", at_least is not None and value >= at_least),
                                  (at_most, f"< {at_most:,}" if at_most else "", at_most is not None and value < at_most)):
            if bound is not None:
                target, reached = f"{text} {'' if bound is ratio else unit}".strip(), "yes" if good else "NO"
        row = (what, number(value, unit), f"{number(limit, unit)} {limit_name}".strip() if limit else "", f"{share:.2f}" if share else "", target, reached, *clock)
        self.rows.append(row)
        self._print(row)

    def miss(self, what, why):
        """A line that could not be measured, with the reason."""
        self.all_measured = False
        row = (what, f"not measured: {why}", *[""] * (len(HEAD) - 2))
        self.rows.append(row)
        self._print(row)

    def markdown(self):
        text = "| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD) + "\n"
        return text + "".join("| " + " | ".join(row) + " |\n" for row in self.rows)
