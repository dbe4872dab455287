"""A browser as far as signing in needs one: cookies, redirects, forms. Each one is somebody at a machine of its own."""

import base64
import html
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Page:
    status: int
    url: str
    text: str

    @property
    def messages(self) -> str:
        """What the page tells, without its markup."""
        return re.sub(r"\s+", " ", re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", self.text, flags=re.DOTALL))


class Browser:
    def __init__(self, *ways: urllib.request.BaseHandler) -> None:
        """Start without cookies.

        Args:
            ways: How addresses are reached, where the network alone does not do.
        """
        # Like browsers, on the machine itself: what is meant for TLS only is also sent to localhost.
        self._cookies = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self._cookies), *ways
        )

    def cookie(self, name: str) -> str | None:
        return next((cookie.value for cookie in self._cookies if cookie.name == name), None)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Page:
        return self._ask(url, None, dict(headers or {}))

    def post(self, url: str, form: Mapping[str, str]) -> Page:
        return self._ask(url, urllib.parse.urlencode(form), {})

    def post_json(
        self, url: str, body: Any, headers: Mapping[str, str] | None = None, method: str | None = None
    ) -> Page:
        return self._ask(url, json.dumps(body), {"Content-Type": "application/json", **(headers or {})}, method)

    @staticmethod
    def basic(user: str, password: str) -> dict[str, str]:
        """Return the header by which programs say who they are."""
        return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}

    def submit(self, page: Page, **fields: str) -> Page:
        """Fill in the first form of a page that is sent by POST, with what is hidden in it."""
        form = re.search(r"<form[^>]*method=.post.*?</form>", page.text, re.DOTALL | re.IGNORECASE)
        assert form, f"no form on {page.url} ({page.status}): {page.messages[:300]}"
        action = re.search(r"""action=["']([^"']*)""", form[0])
        target = urllib.parse.urljoin(page.url, html.unescape(action[1])) if action and action[1] else page.url
        hidden = re.findall(r"<input[^>]*type=.hidden.[^>]*>", form[0])
        return self.post(target, {**dict(map(_named_value, hidden)), **fields})

    def _ask(self, url: str, body: str | None, headers: dict[str, str], method: str | None = None) -> Page:
        data = body.encode() if body is not None else None
        request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return Page(response.status, response.url, response.read().decode(errors="replace"))
        except urllib.error.HTTPError as error:
            with error:
                return Page(error.code, error.url or request.full_url, error.read().decode(errors="replace"))


def _named_value(tag: str) -> tuple[str, str]:
    name, value = (re.search(rf"""\b{key}=["']([^"']*)""", tag) for key in ("name", "value"))
    return (name[1] if name else ""), (html.unescape(value[1]) if value else "")
