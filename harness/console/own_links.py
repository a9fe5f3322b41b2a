"""Links from a page to itself: what they ask for is written into the address."""

from __future__ import annotations

import streamlit as st

__all__ = ["settle_address"]


def settle_address() -> None:
    """Write what this run of the page is asked for into the browser's address.

    A link to the page one is on runs the page with the link's parameters, but Streamlit leaves the
    old ones in the address: the next click would ask for those again. Nothing changes where the
    address says so already.
    """
    st.query_params.from_dict(st.query_params.to_dict())
