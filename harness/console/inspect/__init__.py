"""The Inspect page: one call that has ended, its tabs, and grading it by hand."""
