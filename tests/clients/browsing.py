"""A real browser for tests, an app for it to come back to, and what can be said of a page without eyes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from clients.server import EVERY_SCOPE, OOB, Server, good

ARTEFACTS = Path(__file__).resolve().parent.parent / "artefacts" / "browser"
FLAGS = [
    "--no-sandbox",  # a container's root has no other choice
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
PATIENCE_MS = 15_000


@contextmanager
def opened_browser(program: Path) -> Iterator[Browser]:
    """Headless Chromium with a profile that is thrown away."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened_page(browser: Browser, **context: Any) -> Iterator[Page]:
    """A page of a browser that knows nobody. What it writes into the console is an error of ours."""
    with browser.new_context(**context) as fresh:
        page = fresh.new_page()
        page.set_default_timeout(PATIENCE_MS)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        unexpected = [line for line in said if "the server responded with a status of 4" not in line]
        assert not unexpected, unexpected


def keep(page: Page, name: str) -> None:
    """A picture of the whole page among the artefacts."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


class App:
    """An app on a web server of its own, and pages that it shows."""

    def __init__(self, server: Server) -> None:
        self.pages: dict[str, str] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self.back = f"{self.url}/back"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        form = {"client_name": "Starling", "redirect_uris": f"{OOB}\n{self.back}", "scopes": EVERY_SCOPE}
        with server.client() as client:
            self.known = good(
                client.post("/api/v1/apps", data=form | {"website": "https://starling.example"})
            )
        self._server = server

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def page(self, redirect_uri: str = OOB, **rest: str) -> str:
        """The address to which it sends a person."""
        asked = {
            "client_id": self.known["client_id"],
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": EVERY_SCOPE,
        }
        return f"{self._server.url}/oauth/authorize?{urlencode(asked | rest)}"

    def redeem(self, code: str, redirect_uri: str = OOB) -> str:
        """Whose code it is."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self.known["client_id"],
            "client_secret": self.known["client_secret"],
        }
        with self._server.client() as client:
            token = good(client.post("/oauth/token", data=form))["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            return str(good(client.get("/api/v1/accounts/verify_credentials", headers=headers))["username"])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # their name
                body = pages.get(self.path.partition("?")[0], "<title>App</title>You are back.").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


PROBLEMS = """
() => {
  const found = [];
  const say = (what, node) => found.push(what + (node ? ': ' + node.outerHTML.slice(0, 120) : ''));
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (node) => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== 'hidden';

  if (!document.documentElement.lang) say('no language');
  if (!document.title.trim()) say('no title');
  if (all('main').length !== 1) say('not one main');
  if (all('h1').length !== 1) say('not one h1');
  let level = 0;
  for (const heading of all('h1, h2, h3, h4, h5, h6')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) say('a heading skips a level', heading);
    level = next;
  }
  const ids = all('[id]').map((node) => node.id);
  if (new Set(ids).size !== ids.length) say('an id stands twice: ' + ids);
  for (const name of ['aria-labelledby', 'aria-describedby'])
    for (const node of all(`[${name}]`))
      for (const id of node.getAttribute(name).split(' '))
        if (!document.getElementById(id)) say(`${name} names nothing`, node);
  for (const field of all('input:not([type=hidden]), textarea, select'))
    if (!field.labels.length && !field.getAttribute('aria-label')) say('no label', field);
  for (const image of all('img')) if (!image.hasAttribute('alt')) say('no alt', image);
  for (const node of all('a, button'))
    if (shown(node) && !(node.textContent.trim() || node.getAttribute('aria-label') || node.querySelector('img[alt]:not([alt=""])')))
      say('no name', node);
  for (const node of all('button, .button, input:not([type=hidden]):not([type=checkbox]), textarea')) {
    const box = node.getBoundingClientRect();
    if (shown(node) && !node.classList.contains('link') && (box.height < 24 || box.width < 24)) say('too small to hit', node);
  }
  if (all('script, [onclick]').length) say('a script');

  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.map((part) => { part /= 255; return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !shown(node)) continue;
    const style = getComputedStyle(node);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const [high, low] = [light(parse(style.color).slice(0, 3)), light(behind(node))].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < (large ? 3 : 4.5)) say(`contrast of only ${ratio.toFixed(2)}`, node);
  }
  return found;
}
"""


def problems(page: Page) -> list[str]:
    """What somebody would stumble over who does not see, or not well, or has no mouse. Source: WCAG 2.2 AA, as far as it can be counted."""
    found: list[str] = page.evaluate(PROBLEMS)
    return found


def overflow_px(page: Page) -> int:
    """How far the page can be pushed sideways."""
    return int(
        page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


def focused(page: Page) -> str:
    """The id, the name or the text of what has the focus; empty for nothing."""
    return str(
        page.evaluate(
            "() => { const it = document.activeElement; return it === document.body ? '' : it.id || it.name || it.textContent.trim(); }"
        )
    )


def has_ring(page: Page) -> bool:
    """Whether one can see what has the focus."""
    return bool(
        page.evaluate(
            "() => { const it = getComputedStyle(document.activeElement); return it.outlineStyle !== 'none' && parseFloat(it.outlineWidth) >= 2; }"
        )
    )
