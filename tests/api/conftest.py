"""The whole application over ASGI, with a database of its own: what the doors answer, without a socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from barbelo.config.settings import Settings
from barbelo.db.database import Database
from barbelo.kernel.viewer import Viewer
from calls import Api, opened_api, settings_for


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


@pytest.fixture
async def api(settings: Settings, database: Database) -> AsyncIterator[Api]:
    async with opened_api(settings, database) as opened:
        yield opened


@pytest.fixture
async def alice(api: Api) -> Viewer:
    return await api.person("alice")


@pytest.fixture
async def bob(api: Api) -> Viewer:
    """Bob approves who follows him."""
    return await api.person("bob", locked=True)


@pytest.fixture
async def carol(api: Api) -> Viewer:
    return await api.person("carol")
