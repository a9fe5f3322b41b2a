"""The Scenarios page: the list, the editor with form and text, and drafts from calls and models."""
