"""The Runs page: what happened lately, one run, trends, and the history of calls."""
