"""The Compare page: two calls, or two runs, beside each other."""
