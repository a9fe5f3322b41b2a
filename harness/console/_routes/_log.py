"""``GET .../log``: the events of a stored call, page by page."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from harness.console._event_log import MOST_ROWS, Found, find, log_of
from harness.console._routes._guard import allow, guarded
from harness.console._routes._numbers import second, whole

__all__ = ["log"]


@guarded
async def log(request: Request) -> Response:
    """``{rows: [[seq, t, kind, text]], total, next}``, of what the query looks for.

    The query: `find` (words), `kinds` (kinds or families of them, a comma between), `from` and `to`
    (seconds), `after` (`next` of the answer before), `limit` (1..500).
    """
    call_id = allow(request, "log")
    asked = request.query_params
    kinds = [kind for kind in asked.get("kinds", "").split(",") if kind]
    start, end = second(asked, "from"), second(asked, "to")
    after = whole(asked, "after", least=0)
    limit = whole(asked, "limit", least=1, most=MOST_ROWS)

    def found() -> Found:
        return find(
            log_of(call_id),
            text=asked.get("find", ""),
            kinds=kinds,
            start=start,
            end=end,
            after=after or 0,
            limit=limit or MOST_ROWS,
        )

    page = await run_in_threadpool(found)
    return JSONResponse(
        {
            "rows": [[row.seq, row.t, row.kind, row.text] for row in page.rows],
            "total": page.total,
            "next": page.next,
        },
        headers={"Cache-Control": "private, no-store"},
    )
