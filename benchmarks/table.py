"""Markdown tables."""


def markdown(title, header, rows, *notes):
    """A section: a title, a table of strings and numbers, and notes below the table."""
    lines = [f"### {title}", "", row_of(header), row_of(["---"] * len(header))]
    lines += [row_of(row) for row in rows]
    for note in notes:
        lines += ["", note]
    return "\n".join([*lines, ""])


def row_of(cells):
    """One line of a table."""
    return (
        "| " + " | ".join(cell if isinstance(cell, str) else f"{cell:.3g}" for cell in cells) + " |"
    )
