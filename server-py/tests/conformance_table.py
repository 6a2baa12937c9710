"""The table of families and checks that a run of the conformance suite ends with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: One cell of the table: the test's outcome, and the reason if it was skipped.
Outcome = tuple[str, str]

MARKS = {"passed": "✓", "skipped": "–", "failed": "✗"}


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Of several tests of one check: a failure goes before a skip, a skip before a pass."""
    return max(outcomes, key=lambda outcome: list(MARKS).index(outcome[0]))


def table(outcomes: Mapping[tuple[str, str], Outcome]) -> list[str]:
    """Lines of a table with a row for each family and a column for each check.

    Args:
        outcomes: by family and check, in the order of the rows and columns.

    Returns:
        The table, and a legend with a line for each reason of a "–"; a blank was not run.
    """
    families = list(dict.fromkeys(family for family, _ in outcomes))
    checks = list(dict.fromkeys(name for _, name in outcomes))
    reasons: dict[str, int] = {}
    rows = []
    for family in families:
        row = [family]
        for name in checks:
            outcome, reason = outcomes.get((family, name), ("", ""))
            mark = MARKS.get(outcome, "")
            if outcome == "skipped":
                mark += str(reasons.setdefault(reason, len(reasons) + 1))
            row.append(mark)
        rows.append(row)
    header = ["family", *checks]
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, ["-" * width for width in widths], *rows]
    ]
    legend = [f"–{number}  {reason}" for reason, number in reasons.items()]
    return [*lines, *(["", *legend] if legend else [])]
