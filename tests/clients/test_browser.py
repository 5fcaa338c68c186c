"""Chromium on the pages of a running server: somebody signs up, signs in, and lets an app in."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from clients.browsing import App, focused, has_ring, keep, opened_browser, opened_page, problems
from clients.programs import chromium
from clients.server import Server, signed_up

CHROMIUM = chromium()  # without it this module is left out
PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with opened_browser(CHROMIUM) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened_page(browser) as fresh:
        yield fresh


@pytest.fixture
def app(server: Server) -> Iterator[App]:
    """An app to which nobody has granted anything."""
    made = App(server)
    yield made
    made.close()


@pytest.fixture(scope="module")
def wanda(server: Server) -> str:
    """Somebody who lives there."""
    with server.client() as client:
        signed_up(client, "wanda", PASSWORD)
    return "wanda"


def fill_sign_up(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("E-mail address").fill(f"{name.replace(' ', '-')}.by.hand@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Create the account").click()


def fill_sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("User name or e-mail address").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in and allow").click()


def code_on(page: Page) -> str:
    expect(page.get_by_role("heading", level=1)).to_have_text("Your code for Starling")
    return page.locator("code.code").inner_text()


def test_from_the_start_page_to_an_account(page, server):
    page.goto(server.url)
    keep(page, "start")
    assert problems(page) == []
    page.get_by_role("link", name="Create an account").click()
    keep(page, "sign-up")
    fill_sign_up(page, "petra")
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome!")
    keep(page, "welcome")
    expect(page.locator("main")).to_contain_text(f"@petra@localhost:{server.port}")
    assert problems(page) == []


def test_a_sign_up_with_mistakes_says_where_they_are(page, server):
    page.goto(f"{server.url}/auth/sign_up")
    page.locator("form").evaluate("form => form.noValidate = true")  # the browser would not even send it
    fill_sign_up(page, "two words", "short")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("at least 8")
    keep(page, "sign-up-mistakes")
    assert problems(page) == []
    assert page.title().startswith("Please look again")
    expect(page.get_by_label("User name")).to_have_value("two words")
    expect(page.get_by_label("Password")).to_have_value("")
    for field in ("User name", "Password"):
        expect(page.get_by_label(field)).to_have_attribute("aria-invalid", "true")
    alert.get_by_role("link").first.click()
    assert focused(page) == "username"


def test_a_name_that_is_taken_is_told(page, server, wanda):
    page.goto(f"{server.url}/auth/sign_up")
    fill_sign_up(page, wanda.upper())
    expect(page.get_by_role("alert")).to_contain_text("already been taken")
    expect(page.get_by_label("User name")).to_have_attribute("aria-invalid", "true")


def test_the_code_is_shown_to_be_copied(page, app, wanda):
    page.goto(app.page())
    keep(page, "authorize")
    assert problems(page) == []
    expect(page.get_by_role("heading", level=1)).to_have_text("Allow Starling to use your account?")
    fill_sign_in(page, wanda)
    code = code_on(page)
    keep(page, "code")
    assert problems(page) == []
    assert app.redeem(code) == wanda


def test_the_browser_is_sent_back_to_the_app(page, app, wanda):
    page.goto(app.page(app.back, state="a b&c=ü"))
    fill_sign_in(page, wanda)
    page.wait_for_url(f"{app.back}?**")
    answer = parse_qs(urlsplit(page.url).query)
    assert answer["state"] == ["a b&c=ü"]
    assert app.redeem(answer["code"][0], app.back) == wanda


def test_somebody_without_an_account_makes_one_on_the_way(page, app):
    page.goto(app.page(app.back, state="kept"))
    page.get_by_role("link", name="Create one").click()
    fill_sign_up(page, "newcomer")
    page.get_by_role("link", name="Go on to the app").click()
    fill_sign_in(page, "newcomer")
    page.wait_for_url(f"{app.back}?**")
    assert parse_qs(urlsplit(page.url).query)["state"] == ["kept"]


def test_a_wrong_password_is_told_and_can_be_tried_again(page, app, wanda):
    page.goto(app.page())
    fill_sign_in(page, wanda, "wrong")
    expect(page.get_by_role("alert")).to_have_text("Invalid Username/Password")
    keep(page, "wrong-password")
    assert problems(page) == []
    expect(page.get_by_label("User name or e-mail address")).to_have_value(wanda)
    expect(page.get_by_label("Password")).to_have_value("")
    fill_sign_in(page, wanda)
    assert app.redeem(code_on(page)) == wanda


def test_who_is_signed_in_is_not_asked_for_the_password_again(page, app, wanda):
    page.goto(app.page(scope="read"))
    fill_sign_in(page, wanda)
    page.goto(app.page(scope="read write"))
    expect(page.locator("main")).to_contain_text(f"You are signed in as @{wanda}")
    keep(page, "signed-in")
    assert problems(page) == []
    page.get_by_role("button", name="Allow", exact=True).click()
    assert app.redeem(code_on(page)) == wanda
    page.goto(app.page(scope="read write"))  # given before: no question at all
    assert app.redeem(code_on(page)) == wanda


def test_one_can_use_another_account_and_sign_out(page, app, server, wanda):
    page.goto(app.page(scope="read"))
    fill_sign_in(page, wanda)
    page.goto(app.page())
    page.get_by_role("link", name="Use another account").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto(server.url)
    page.get_by_role("button", name="Sign out").click()
    page.goto(app.page(scope="read"))
    expect(page.get_by_label("Password")).to_be_visible()


def test_saying_no_tells_the_app(page, app):
    page.goto(app.page(app.back, state="s"))
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url(f"{app.back}?**")
    answer = parse_qs(urlsplit(page.url).query)
    assert (answer["error"], answer["state"]) == (["access_denied"], ["s"])


@pytest.mark.parametrize("wrong", [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}])
def test_nobody_is_sent_to_an_address_that_the_app_did_not_name(page, app, server, wrong):
    page.goto(app.page(**wrong))
    assert page.url.startswith(server.url)
    keep(page, f"refused-{next(iter(wrong))}")
    assert problems(page) == []
    expect(page.locator("form")).to_have_count(0)


def test_a_form_of_another_site_cannot_say_yes(page, app, wanda, server):
    page.goto(app.page(scope="read"))
    fill_sign_in(page, wanda)
    code_on(page)
    fields = {
        "client_id": app.known["client_id"],
        "redirect_uri": app.back,
        "response_type": "code",
        "scope": "write",
    }
    inputs = "".join(
        f'<input name="authorization[{name}]" value="{value}">' for name, value in fields.items()
    )
    app.pages["/evil"] = (
        f'<form method="post" action="{server.url}/oauth/authorize">{inputs}<button>Win a bicycle</button></form>'
    )
    page.goto(f"{app.url}/evil")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.url.startswith(server.url)
    assert "code=" not in page.url


def test_the_keyboard_alone_is_enough(page, app, wanda):
    page.goto(app.page())
    _tab_to(page, "name")
    page.keyboard.type(wanda)
    _tab_to(page, "password")
    page.keyboard.type(PASSWORD)
    _tab_to(page, "authorization[decision]")
    keep(page, "focus")
    page.keyboard.press("Enter")
    assert app.redeem(code_on(page)) == wanda


def test_enter_in_the_password_signs_in(page, app, wanda):
    page.goto(app.page())
    page.get_by_label("User name or e-mail address").fill(wanda)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    assert app.redeem(code_on(page)) == wanda


def test_the_keyboard_alone_makes_an_account(page, server):
    page.goto(server.url)
    _tab_to(page, "Create an account")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Create an account")
    for field, text in (("username", "keys"), ("email", "keys@example.org"), ("password", PASSWORD)):
        _tab_to(page, field)
        page.keyboard.type(text)
    _tab_to(page, "Create the account")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome!")


def _tab_to(page: Page, wanted: str) -> None:
    """Press Tab until it is reached; whatever is passed shows that it has the focus."""
    for _ in range(15):
        page.keyboard.press("Tab")
        assert has_ring(page), f"one cannot see that {focused(page)} has the focus"
        if focused(page) == wanted:
            return
    pytest.fail(f"Tab does not lead to {wanted}")
