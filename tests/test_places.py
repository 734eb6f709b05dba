"""The fair queue: so many at once, clients in turn, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsic_graph.engine.places import Places
from wsic_graph.errors import QueryBusy


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_clients_take_turns() -> None:
    async def scene() -> list[str]:
        places = Places(total=1, per_client=1, waiting=10, seconds=5)
        served: list[str] = []

        async def work(client: str) -> None:
            await places.enter(client)
            served.append(client)
            places.leave(client)

        await places.enter("first")
        tasks = [asyncio.create_task(work(client)) for client in ("greedy", "greedy", "greedy", "modest")]
        await settle()
        places.leave("first")
        await asyncio.gather(*tasks)
        return served

    assert asyncio.run(scene()) == ["greedy", "modest", "greedy", "greedy"]


def test_one_client_cannot_take_every_place() -> None:
    async def scene() -> None:
        places = Places(total=3, per_client=2, waiting=10, seconds=0.05)
        await places.enter("greedy")
        await places.enter("greedy")
        with pytest.raises(QueryBusy, match="all places"):
            await places.enter("greedy")
        await places.enter("modest")

    asyncio.run(scene())


def test_a_line_has_an_end() -> None:
    async def scene() -> None:
        places = Places(total=1, per_client=1, waiting=1, seconds=5)
        await places.enter("a")
        waiting = asyncio.create_task(places.enter("a"))
        await settle()
        with pytest.raises(QueryBusy, match="1 queries running and 1 waiting"):
            await places.enter("a")
        waiting.cancel()
        await settle()
        assert places.queued == 0
        places.leave("a")
        await places.enter("a")

    asyncio.run(scene())


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3)), max_size=30))
def test_no_place_is_lost_or_given_twice(steps: list[tuple[str, int]]) -> None:
    """Whoever enters, leaves or gives up, in any order: at the end every place is free again."""

    async def scene() -> None:
        places = Places(total=2, per_client=1, waiting=5, seconds=60)
        tasks: list[tuple[str, asyncio.Task[None]]] = []
        inside: list[str] = []

        async def enter(client: str) -> None:
            await places.enter(client)
            inside.append(client)
            assert len(inside) <= 2 and inside.count(client) <= 1

        for client, action in steps:
            if action < 2:
                tasks.append((client, asyncio.create_task(enter(client))))
            elif action == 2 and inside:
                places.leave(inside.pop(0))
            elif tasks:
                tasks.pop()[1].cancel()
            await settle()
        for _, task in tasks:
            task.cancel()
        await settle()
        while inside:
            places.leave(inside.pop())
        assert (places.free, places.queued, dict(places.running)) == (2, 0, {})
        await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)

    asyncio.run(scene())


def test_nobody_waits_where_no_waiting_is_allowed() -> None:
    async def run() -> None:
        places = Places(total=1, per_client=1, waiting=0, seconds=5)
        await places.enter("a")
        for client in ("a", "b"):
            with pytest.raises(QueryBusy, match="0 waiting"):
                await places.enter(client)
        places.leave("a")
        for client in ("b", "a"):  # who was refused has left nothing behind
            await places.enter(client)
            places.leave(client)

    asyncio.run(run())
