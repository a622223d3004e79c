"""Tables in Markdown, of fractions as per cent."""
import statistics


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|-" * len(header) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def values_of(results, column):
    """Of several runs, in per cent; "oracle H" is H of the oracle. Empty where there is none."""
    first, _, second = column.partition(" ")
    values = [r["metrics"].get(first) for r in results]
    if second:
        values = [value and value[second] for value in values]
    return [100 * value for value in values if value is not None]


def cell(results, column):
    """Mean and, of several, standard deviation."""
    values = values_of(results, column)
    if not values:
        return "-"
    spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.1f}{spread}"


def cells(results, columns):
    return [cell(results, column) for column in columns]


def difference(ours, theirs, column):
    """Mean of the paired differences of one column, its standard error behind it."""
    pairs = zip(values_of(ours, column), values_of(theirs, column))
    gains = [a - b for a, b in pairs]
    if not gains:
        return "-"
    error = f" ({statistics.stdev(gains) / len(gains) ** 0.5:.1f})" if len(gains) > 1 else ""
    return f"{statistics.mean(gains):+.1f}{error}"


def commands(lines):
    return "```sh\n" + "\n".join(lines) + "\n```\n"
