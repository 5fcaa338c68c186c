"""An app that is a web page of another origin, as Elk and Phanpy are: the browser's rules hold for all that it asks."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from clients.browsing import App, opened_browser, opened_page
from clients.programs import chromium
from clients.server import Server, signed_up

CHROMIUM = chromium()  # without it this module is left out
PASSWORD = "a long enough password"

REGISTER = """
async ([server, back]) => {
  const answer = await fetch(`${server}/api/v1/apps`, {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({client_name: 'Page', redirect_uris: [back], scopes: 'read write follow push'}),
  });
  const app = await answer.json();
  const text = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/[+]/g, '-').replace(/[/]/g, '_').replace(/=+$/, '');
  const verifier = text(crypto.getRandomValues(new Uint8Array(32)));
  const challenge = text(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
  const asked = {client_id: app.client_id, redirect_uri: back, response_type: 'code', scope: 'read write follow push',
                 code_challenge: challenge, code_challenge_method: 'S256'};
  return {app, verifier, go: `${server}/oauth/authorize?${new URLSearchParams(asked)}`};
}
"""

USE = """
async ([server, back, code, verifier, app]) => {
  const json = async (method, path, wish, token) => {
    const headers = {...(token && {Authorization: `Bearer ${token}`}), ...(wish && {'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID()})};
    const answer = await fetch(server + path, {method, headers, body: wish && JSON.stringify(wish)});
    return {code: answer.status, link: answer.headers.get('Link'), id: answer.headers.get('X-Request-Id'), body: await answer.json()};
  };
  const grant = {grant_type: 'authorization_code', code, redirect_uri: back, code_verifier: verifier, client_id: app.client_id, client_secret: app.client_secret};
  const {access_token: token} = (await json('POST', '/oauth/token', grant)).body;
  const seen = {me: await json('GET', '/api/v1/accounts/verify_credentials', null, token)};

  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext('2d').fillRect(0, 0, 20, 30);
  const form = new FormData();
  form.append('file', await canvas.convertToBlob(), 'drawn.png');
  form.append('description', 'half black');
  const uploaded = await fetch(`${server}/api/v2/media`, {method: 'POST', headers: {Authorization: `Bearer ${token}`}, body: form});
  seen.media = await uploaded.json();

  const picture = new Image();
  picture.crossOrigin = 'anonymous';
  const loaded = new Promise((good, bad) => { picture.onload = good; picture.onerror = () => bad(new Error('no picture')); });
  picture.src = seen.media.url;
  await loaded;
  seen.width = picture.naturalWidth;

  seen.posted = await json('POST', '/api/v1/statuses', {status: 'From a page', media_ids: [seen.media.id]}, token);
  await json('POST', '/api/v1/statuses', {status: 'Another'}, token);
  seen.home = await json('GET', '/api/v1/timelines/home?limit=1', null, token);
  seen.profile = await json('PATCH', '/api/v1/accounts/update_credentials', {note: 'Changed'}, token);
  seen.gone = await json('DELETE', `/api/v1/statuses/${seen.posted.body.id}`, null, token);
  seen.refused = await json('GET', '/api/v1/timelines/home', null, 'wrong');
  seen.missing = await json('GET', '/api/v1/statuses/nothing', null, token);
  return seen;
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser(CHROMIUM) as opened:
        yield opened


@pytest.fixture(scope="module")
def seen(browser: Browser, server: Server) -> dict[str, Any]:
    """What the page got, in one go from making its app to the last request."""
    with server.client() as client:
        signed_up(client, "paula", PASSWORD)
    app = App(server)
    try:
        with opened_page(browser) as page:
            return _used(page, app, server)
    finally:
        app.close()


def _used(page: Page, app: App, server: Server) -> dict[str, Any]:
    page.goto(app.url)
    made = page.evaluate(REGISTER, [server.url, app.back])
    page.goto(made["go"])
    page.get_by_label("User name or e-mail address").fill("paula")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in and allow").click()
    page.wait_for_url(f"{app.back}?**")
    (code,) = parse_qs(urlsplit(page.url).query)["code"]
    found: dict[str, Any] = page.evaluate(USE, [server.url, app.back, code, made["verifier"], made["app"]])
    return found


def test_it_signs_in_with_pkce(seen):
    assert seen["me"]["body"]["acct"] == "paula"


def test_it_posts_with_a_picture_and_deletes(seen):
    assert seen["posted"]["body"]["media_attachments"][0]["description"] == "half black"
    assert seen["gone"]["code"] == 200


def test_it_changes_the_profile(seen):
    assert seen["profile"]["body"]["source"]["note"] == "Changed"


def test_it_may_read_the_headers_that_it_pages_by(seen):
    assert 'rel="next"' in seen["home"]["link"]
    assert seen["home"]["id"]


def test_it_may_read_why_it_is_refused(seen):
    assert (seen["refused"]["code"], bool(seen["refused"]["body"]["error"])) == (401, True)
    assert seen["missing"]["code"] == 404


def test_it_may_draw_pictures_of_the_server(seen):
    assert seen["width"] == 40
