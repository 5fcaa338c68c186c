"""How the pages look to a browser: narrow and wide, light and dark, without scripts, for those who do not see.

Pictures of all of them lie in `tests/artefacts/browser` afterwards.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from clients.browsing import App, keep, opened_browser, opened_page, overflow_px, problems
from clients.programs import chromium
from clients.server import Server, bearer, good, signed_up
from pictures import quarters

CHROMIUM = chromium()  # without it this module is left out
PASSWORD = "a long enough password"
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 800}
LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 2


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser(CHROMIUM) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(server: Server) -> Iterator[App]:
    made = App(server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def places(server: Server, app: App) -> dict[str, str]:
    """The pages, by name; with somebody on them who has said something."""
    with server.client() as client:
        headers = bearer(signed_up(client, "lotte", PASSWORD))
        picture = {"file": ("picture.png", quarters(640, 400).pngsave_buffer(), "image/png")}
        media = good(
            client.post("/api/v2/media", files=picture, data={"description": "Four colours"}, headers=headers)
        )
        profile = {
            "display_name": "Lotte of the long words",
            "note": "I post. #Pages",
            "fields_attributes[0][name]": "Home",
            "fields_attributes[0][value]": "https://example.org/a/rather/long/address/" + "x" * 60,
        }
        good(client.patch("/api/v1/accounts/update_credentials", data=profile, headers=headers))
        said = [
            {"status": f"A page has to bear a word like {LONG_WORD}. #Pages"},
            {"status": "With a picture. #Pages", "media_ids": [media["id"]]},
            {"status": "The butler.", "spoiler_text": "Who did it"},
            {
                "status": "**Bold**, `code`, and a list:\n\n- one\n- two\n\n> a quote\n\n```\nlong = 'lines of code do not break, they are pushed sideways inside of their own box'\n```",
                "content_type": "text/markdown",
            },
        ]
        statuses = [good(client.post("/api/v1/statuses", json=wish, headers=headers)) for wish in said]
        reply = {"status": "I answer myself.", "in_reply_to_id": statuses[0]["id"]}
        good(client.post("/api/v1/statuses", json=reply, headers=headers))
    return {
        "start": server.url,
        "sign-up": f"{server.url}/auth/sign_up",
        "authorize": app.page(),
        "refused": app.page(client_id="nobody"),
        "profile": f"{server.url}/@lotte",
        "thread": statuses[0]["url"],
        "picture": statuses[1]["url"],
        "warning": statuses[2]["url"],
        "markdown": statuses[3]["url"],
        "tag": f"{server.url}/tag/pages",
        "nowhere": f"{server.url}/@nobody-is-called-so",
    }


PLACES = (
    "start",
    "sign-up",
    "authorize",
    "refused",
    "profile",
    "thread",
    "picture",
    "warning",
    "markdown",
    "tag",
    "nowhere",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_a_page_fits_and_can_be_read(browser, places, place, scheme):
    with opened_page(browser, viewport=NARROW, color_scheme=scheme) as page:
        page.goto(places[place])
        for name, size in (("narrow", NARROW), ("wide", WIDE)):
            page.set_viewport_size(size)
            keep(page, f"{place}-{scheme}-{name}")
            assert overflow_px(page) == 0, name
            assert problems(page) == [], name


@pytest.mark.parametrize("place", ["start", "authorize", "thread"])
def test_letters_twice_as_large_still_fit(browser, places, place):
    """WCAG 1.4.4, on a page as wide as half a screen."""
    with opened_page(browser, viewport={"width": 640, "height": 800}) as page:
        page.goto(places[place])
        page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
        keep(page, f"{place}-large")
        assert overflow_px(page) == 0


def test_dark_is_dark(browser, places):
    with opened_page(browser, color_scheme="dark") as page:
        page.goto(places["start"])
        colour = page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
        assert max(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) < 64


def test_all_of_it_works_without_scripts(browser, app, server):
    with opened_page(browser, java_script_enabled=False) as page:
        page.goto(server.url)
        page.get_by_role("link", name="Create an account").click()
        page.get_by_label("User name").fill("scriptless")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create the account").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Welcome!")
        page.goto(app.page())
        page.get_by_label("User name or e-mail address").fill("scriptless")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in and allow").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your code for Starling")
        assert app.redeem(page.locator("code.code").inner_text()) == "scriptless"


def test_a_status_has_its_text_its_picture_and_what_is_on_it(browser, places):
    with opened_page(browser) as page:
        page.goto(places["picture"])
        expect(page.locator("main")).to_contain_text("With a picture.")
        picture = page.get_by_alt_text("Four colours")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")


def test_a_warned_text_is_hidden_until_it_is_asked_for(browser, places):
    with opened_page(browser) as page:
        page.goto(places["warning"])
        expect(page.get_by_text("Who did it")).to_be_visible()
        expect(page.get_by_text("The butler.")).to_be_hidden()
        page.get_by_text("Who did it").click()
        expect(page.get_by_text("The butler.")).to_be_visible()
