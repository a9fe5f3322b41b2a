"""One module a step; see `_tables.py` for the result."""
