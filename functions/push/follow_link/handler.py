"""GET /l/{tracking_id}: follow the link of a message, or load its picture: evidence (E3).

Our own links, for channels whose providers tell nothing: `/l/` leads on to the content's link and
records `clicked`, `/o/` is a picture of one pixel that records `seen`. Crawlers, link previews and
HEAD record nothing. One read and one query; the first time one transaction (2 to 10 write units),
at most one request to Step Functions and one write. Refuses: not-found, also after 90 days.
"""

import base64

from sluice.push import tracking
from sluice.push.rules.judging import Level
from sluice.shared import crawlers, http
from sluice.shared.errors import NotFound

PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PRIVATE = {"Referrer-Policy": "no-referrer"}


@http.operation(
    http.anyone("GET /l/{tracking_id}"),
    http.anyone("GET /o/{tracking_id}"),
    answers={200: "image/gif", 302: ""},
    refusals=(NotFound,),
)
def handler(call: http.Call[http.NoBody, http.NoBody]) -> http.Answer:
    """Record what the person did, and give what was asked for."""
    tracked = tracking.find_tracked(call.path["tracking_id"])
    loads_picture = call.request.event["resource"].startswith("/o/")
    link = tracked.held.plan.content.link
    if not loads_picture and link is None:
        raise NotFound("This message has no link.")
    if not crawlers.is_crawler(call.request.headers.get("user-agent", "")):
        level = Level.SEEN if loads_picture else Level.CLICKED
        tracking.record(tracked, level, call.now)
    if loads_picture:
        return http.Answer(200, PICTURE, "image/gif", PRIVATE)
    return http.Answer(302, headers={"Location": str(link), **PRIVATE})
