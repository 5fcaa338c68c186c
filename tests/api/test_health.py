"""Is it alive, is it ready?"""

from contextlib import AsyncExitStack


async def test_a_process_that_serves_is_alive_and_ready(api):
    assert await api.get("/healthz") == {"status": "ok"}
    assert await api.get("/readyz") == {"status": "ready", "database": True, "disk": True}


async def test_a_full_disk_is_not_ready(api, monkeypatch):
    monkeypatch.setattr("barbelo.app.ROOM_BYTES", 1 << 62)
    answer = await api.call("GET", "/readyz")
    assert (answer.status_code, answer.json()["disk"]) == (503, False)


async def test_a_database_that_has_no_connection_left_is_not_ready_and_nothing_crashes(api):
    async with AsyncExitStack() as held:
        for _ in range(api.database.pool.get_max_size()):
            await held.enter_async_context(api.database.transaction())
        answer = await api.call("GET", "/readyz")
        assert (answer.status_code, answer.json()["database"]) == (503, False)
        assert await api.get("/healthz") == {"status": "ok"}
    assert await api.status_of("GET", "/readyz") == 200
