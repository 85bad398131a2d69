"""A history in words: which algorithm ran when, what it saved, and why."""


def explain(history, decisions, n_rows, n_clusters):
    """Text of the decisions and of a table with a line for each iteration."""
    lines = [*decisions] or [f"algorithm='{history.algorithm[0]}' was asked for"]
    lines += ["", "iteration  algorithm   distances  rows settled  rows moved  milliseconds"]
    all_distances = n_rows * n_clusters
    for i in range(len(history)):
        lines.append(
            f"{i:9}  {history.algorithm[i]:<10}  {history.n_distances[i] / all_distances:9.1%}  "
            f"{history.n_skipped[i] / n_rows:12.1%}  {history.n_moved[i]:10}  "
            f"{history.seconds[i] * 1e3:12.2f}"
        )
    return "\n".join(lines)
