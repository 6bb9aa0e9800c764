"""Answers as a key holds them, by "row, column", and as a reader gives them, by column; and a good policy."""


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


def good_policy(exercise):
    """Return a list that is right: the best but some, until it is nobody's misunderstanding nor hindsight."""
    ranked = sorted(exercise.worth, key=exercise.worth.get, reverse=True)
    ranked = [name for name in ranked if exercise.worth[name] > 0]
    for step in range(len(ranked) + 1, 1, -1):
        names = [name for i, name in enumerate(ranked, 1) if i % step][: exercise.most]
        if exercise.grade(names).right:
            return names
    raise AssertionError("nobody can answer this")
