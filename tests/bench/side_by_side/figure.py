"""One line of the table: repeats of one measurement, with the goal they are held against."""
import statistics


class Figure:
    def __init__(self, row, what, unit, values, goal=None, goal_text="", extra="", ratios=None):
        self.row, self.what, self.unit = row, what, unit
        self.values = list(values)
        # A goal is (comparison, number) and is held against the median: of the ratios where there
        # are some, else of the values.
        self.goal, self.goal_text, self.extra = goal, goal_text, extra
        self.ratios = list(ratios or [])

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def met(self):
        if self.goal is None:
            return None
        how, bound = self.goal
        judged = statistics.median(self.ratios) if self.ratios else self.median
        return judged >= bound if how == ">=" else judged <= bound

    def cells(self):
        ratio = ""
        if self.ratios:
            ratio = (f"{statistics.median(self.ratios):.2f}"
                     f" ({min(self.ratios):.2f}-{max(self.ratios):.2f})")
        verdict = {None: "", True: "met", False: "MISSED"}[self.met]
        return [str(self.row), self.what, _number(min(self.values)), _number(self.median),
                _number(max(self.values)), self.unit, ratio, self.goal_text, verdict, self.extra]

    def record(self):
        return {"row": self.row, "what": self.what, "unit": self.unit, "min": min(self.values),
                "median": self.median, "max": max(self.values), "repeats": len(self.values),
                "ratio": statistics.median(self.ratios) if self.ratios else None,
                "goal": self.goal_text or None, "met": self.met}


HEADINGS = ["row", "what", "min", "median", "max", "unit", "ratio", "goal", "", "notes"]


def print_table(figures):
    rows = [HEADINGS] + [figure.cells() for figure in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    right = {0, 2, 3, 4}
    for row in rows:
        cells = [cell.rjust(width) if i in right else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def _number(value):
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"
