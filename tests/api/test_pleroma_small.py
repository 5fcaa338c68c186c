"""The emoji list and the health check of the Pleroma API document."""

from contextlib import AsyncExitStack

from calls import opened_api, settings_for


async def test_emoji_are_listed_as_pleroma_does(database, tmp_path):
    folder = tmp_path / "emoji" / "blobs"
    folder.mkdir(parents=True)
    (folder / "cat.png").write_bytes(b"\x89PNG")
    async with opened_api(settings_for(tmp_path), database) as api:
        wanted = {"cat": {"tags": ["pack:blobs"], "image_url": "/emoji/blobs/cat.png"}}
        for path in ("/api/pleroma/emoji", "/api/pleroma/emoji.json", "/api/v1/pleroma/emoji"):
            assert await api.get(path) == wanted
        picture = await api.call("GET", "/emoji/blobs/cat.png")
        assert (picture.content, picture.headers["content-type"]) == (b"\x89PNG", "image/png")


async def test_the_health_check_tells_true_figures(api):
    health = await api.get("/api/pleroma/healthcheck")
    assert set(health) == {"pool_size", "active", "idle", "memory_used", "healthy", "job_queue_stats"}
    assert (health["healthy"], health["pool_size"]) == (True, api.database.pool.get_max_size())
    assert 10 < health["memory_used"] < 2000
    assert health["job_queue_stats"] == {"queues": {}, "parked": 0}


async def test_a_pool_that_is_used_up_is_unhealthy(api):
    async with AsyncExitStack() as held:
        for _ in range(api.database.pool.get_max_size()):
            await held.enter_async_context(api.database.transaction())
        answer = await api.call("GET", "/api/v1/pleroma/healthcheck")
    assert (answer.status_code, answer.json()["healthy"]) == (503, False)
