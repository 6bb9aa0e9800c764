"""Names of columns: the parts that they play, and those that are added while orders are read."""

REQUIRED = ("customer_id", "date", "amount")
"""Parts that the columns of every table of orders must play."""
OPTIONAL = ("order_id", "category", "channel", "quantity", "cost", "price", "product", "status")
"""Parts that columns may play besides."""
NUMBERS = ("quantity", "price", "cost", "amount")

FILE = "_file"
"""The column that tells files of a folder apart."""
GIVEN = "_given_"
"""Prefix of the columns that hold values as they were before they were read."""
CURRENCY = "_currency_"
"""Prefix of the columns that hold the currency which a number is written in."""
OTHER = "_other_"
"""Prefix of the columns that bear the name of a part which they do not play."""
HIDDEN = (GIVEN, CURRENCY, OTHER)
