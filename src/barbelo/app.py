"""The roof: builds everything once per web process, and is the only file that knows all doors."""

import importlib
import pkgutil
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

from litestar import Litestar
from msgspec import Struct

from barbelo import federation, web
from barbelo.api import mastodon, oauth, pleroma
from barbelo.api.mastodon import notices, people
from barbelo.api.oauth.authenticator import OAuthAuthenticator
from barbelo.config.secrets import Secrets
from barbelo.config.settings import Settings
from barbelo.db.bus import Bus, send_live
from barbelo.db.database import Database
from barbelo.domain.auth.passwords import Passwords
from barbelo.domain.auth.recent import Recent
from barbelo.domain.auth.sessions import Sessions
from barbelo.domain.settings.stats import StatsCache
from barbelo.domain.timelines.filter_cache import FilterCache
from barbelo.entities.emoji import EmojiCache
from barbelo.gateways.images import Images
from barbelo.gateways.pool import Bounded
from barbelo.gateways.storage import DiskStorage, Storage
from barbelo.http.access import count
from barbelo.http.context import Shared
from barbelo.http.door import Door, build, limits_from
from barbelo.http.openapi import About
from barbelo.http.openapi_page import describing
from barbelo.http.routes import Route, collect
from barbelo.http.viewer import Identity
from barbelo.intake.emojis import reload_emojis
from barbelo.jobs.consequences import follow_up
from barbelo.kernel.urls import Urls
from barbelo.web.start import nowhere

DOORS: tuple[ModuleType, ...] = (mastodon, people, notices, pleroma, oauth, web, federation)
"""Packages whose modules hold routes. A new file in one of them is served without another word."""

PASSWORDS_AT_ONCE = 2
PASSWORDS_WAITING = 64
ROOM_BYTES = 200_000_000
"""With less than this free on the disk the server says that it is not ready."""


class Gateways(Struct, kw_only=True):
    """What doors reach through `ctx.gateways`: the outside, and what a process keeps in memory."""

    images: Images
    storage: Storage
    passwords: Passwords
    browser: Sessions
    recent: Recent[Identity]
    emojis: EmojiCache
    filters: FilterCache
    stats: StatsCache
    data_dir: Path
    emoji_root: Path

    def has_room(self) -> bool:
        return shutil.disk_usage(self.data_dir).free > ROOM_BYTES


def routes(about: About) -> list[Route]:
    """All that is served, with the document that describes it."""
    found = [route for package in DOORS for module in _modules(package) for route in collect(module)]
    return [*found, *describing(found, about)]


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if not info.ispkg:
            yield importlib.import_module(info.name)


def furnish(settings: Settings, secrets: Secrets, database: Database) -> Gateways:
    """The gateways and caches of one process."""
    memory_kib, passes = settings.auth.password_cost
    data_dir = settings.server.data_path
    return Gateways(
        images=Images(max_pixels=settings.limits.image_pixels),
        storage=DiskStorage(data_dir / "media"),
        passwords=Passwords(
            Bounded(PASSWORDS_AT_ONCE, PASSWORDS_WAITING), memory_kib=memory_kib, passes=passes
        ),
        browser=Sessions(secrets.session_key, settings.auth.session_lifetime_s),
        recent=Recent(),
        emojis=EmojiCache(Urls(settings.server.url)),
        filters=FilterCache(),
        stats=StatsCache(database.clock),
        data_dir=data_dir,
        emoji_root=data_dir / "emoji",
    )


@asynccontextmanager
async def open_app(settings: Settings, secrets: Secrets, database: Database) -> AsyncIterator[Litestar]:
    """The application with all that stands behind it, until the `with` ends. The database is the caller's."""
    database.follow(follow_up, send_live)
    gateways = furnish(settings, secrets, database)
    await reload_emojis(database, gateways.emoji_root)

    def missed() -> None:
        gateways.recent.forget_all()
        gateways.filters.forget_all()
        gateways.emojis.reload(database)

    bus = Bus(database.dsn, missed)
    bus.subscribe(gateways.recent.heard)
    bus.subscribe(gateways.emojis.heard(database))
    bus.subscribe(gateways.filters.heard)
    await bus.start()
    await gateways.emojis.load(database)
    urls = Urls(settings.server.url)
    shared = Shared(db=database, urls=urls, settings=settings, gateways=gateways)
    authenticator = OAuthAuthenticator(database, gateways.passwords, gateways.browser, gateways.recent)
    door = Door(
        shared=shared,
        authenticator=authenticator,
        limits=limits_from(settings),
        nowhere=nowhere,
        on_access=count,
    )
    try:
        yield build(routes(About(base=urls.base, title=settings.instance.title)), door)
    finally:
        await bus.stop()
        await gateways.images.aclose()
