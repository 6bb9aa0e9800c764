"""Answers as a key holds them, by "row, column", and as a reader gives them, by column."""


def by_column(values, columns):
    """Return the values of a key's table by column and row.

    >>> by_column({"gold, profit": 3, "iron, profit": 1}, ["profit"])
    {'profit': {'gold': 3, 'iron': 1}}
    """
    table = {column: {} for column in columns}
    for place, value in values.items():
        row, _, column = place.rpartition(", ")
        table[column][row] = value
    return table
