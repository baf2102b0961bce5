"""What a real browser asks the desk for when somebody decides: the next clip, and nothing that it has already."""

from __future__ import annotations

import itertools

from tests.web.chromium import IN_BROWSER
from tests.web.test_in_browser import PRESS, anna, desk  # noqa: F401 - fixtures

pytestmark = IN_BROWSER


class Heard:
    """Notes what reaches the desk."""

    def __init__(self, app) -> None:
        self._app, self.requests = app, []

    async def __call__(self, scope, receive, send) -> None:
        self.requests.append((scope["method"], scope["path"]))
        await self._app(scope, receive, send)


def test_a_decision_asks_for_no_script_twice_and_gives_nothing_back_that_it_has_not(town, desk, anna):  # noqa: F811
    clips = [town.has_clip() for _ in range(3)]
    app = desk._server._app
    app.middleware_stack = heard = Heard(app.middleware_stack or app.build_middleware_stack())
    page = anna()
    page.goto(f"/clips/{clips[0]}")
    page.wait_for_function("document.readyState == 'complete'")
    for clip, following in itertools.pairwise(clips):
        heard.requests.clear()
        page.evaluate(PRESS, ["KeyA", "a"])
        page.wait_for_url(f"**/clips/{following}")
        page.wait_for_function("document.readyState == 'complete'")
        asked = [one for one in heard.requests if not one[1].endswith("/live")]
        assert asked == [("POST", f"/clips/{clip}/decide"), ("GET", f"/clips/{following}")]
