"""Counting of requests: shapes of paths, tokens apart, control not at all, and how many ran at once."""

import asyncio

import pytest

from tests.sandbox.stage import staged
from twincal.sandbox.traffic import Asked, mailbox_of, shape_of, system_of

SHAPES = {
    "/v1.0/users/ann@x.example/calendarView/delta": "/v1.0/users/{user}/calendarView/delta",
    "/v1.0/users/ann@x.example/calendarView/delta()": "/v1.0/users/{user}/calendarView/delta",
    "/v1.0/users/ann@x.example/calendarView/microsoft.graph.delta()": "/v1.0/users/{user}/calendarView/delta",
    "/v1.0/users/ann%40x.example/events/AAMk%2F1%3D/instances": "/v1.0/users/{user}/events/{event}/instances",
    "/v1.0/users('ann@x.example')/events('AAMk')": "/v1.0/users/{user}/events/{event}",
    "/v1.0/users/a/calendars/AAMk/events": "/v1.0/users/{user}/calendars/{calendar}/events",
    "/v1.0/me/events/AAMk/cancel": "/v1.0/me/events/{event}/cancel",
    "/v1.0/$batch": "/v1.0/$batch",
    "/11111111-2222/oauth2/v2.0/token": "/{tenant}/oauth2/v2.0/token",
    "/common/discovery/keys": "/{tenant}/discovery/keys",
    "/services/oauth2/token": "/services/oauth2/token",
    "/services/data": "/services/data",
    "/services/data/v67.0/query": "/services/data/{version}/query",
    "/services/data/v67.0/query/01gxx-2000": "/services/data/{version}/query/{locator}",
    "/services/data/v67.0/composite/sobjects": "/services/data/{version}/composite/sobjects",
    "/services/data/v67.0/sobjects/Event/describe": "/services/data/{version}/sobjects/Event/describe",
    "/services/data/v67.0/sobjects/Event/deleted/": "/services/data/{version}/sobjects/Event/deleted",
    "/services/data/v67.0/sobjects/Event/00U000000000001AAA": "/services/data/{version}/sobjects/Event/{id}",
    "/services/data/v67.0/sobjects/Event/00U000000000001AAA/fromThisEventOnwards":
        "/services/data/{version}/sobjects/Event/{id}/fromThisEventOnwards",
    "/services/data/v67.0/sobjects/Event/Twincal_Key__c/k1": "/services/data/{version}/sobjects/Event/Twincal_Key__c/{value}",
}  # fmt: skip


@pytest.mark.parametrize(("path", "shape"), SHAPES.items())
def test_ids_in_a_path_are_replaced(path: str, shape: str) -> None:
    assert shape_of(path) == shape


def test_whose_a_path_is() -> None:
    assert mailbox_of("/v1.0/users/Ann%40X.example/events") == "ann@x.example"
    assert mailbox_of("/v1.0/users('Ann@X.example')/events") == "ann@x.example"
    assert mailbox_of("/v1.0/me/events") is None
    assert (system_of("/services/data"), system_of("////services/data"), system_of("/control/mail")) == (
        "salesforce", "salesforce", "control",
    )  # fmt: skip


def test_signing_in_is_told_apart() -> None:
    assert Asked("graph", "POST", "/{tenant}/oauth2/v2.0/token").is_token
    assert not Asked("graph", "GET", "/v1.0/users/{user}/events").is_token


async def test_requests_are_counted_by_system_method_and_shape() -> None:
    async with staged() as stage:
        await stage.add_ann()
        headers, base = await stage.token(), stage.line["graph"]["base_url"]
        for _ in range(2):
            await stage.ask("GET", f"{base}/users/ann@northwind.example/events", headers=headers)
        batch = [{"id": str(n), "method": "GET", "url": "/users/ann@northwind.example/events"} for n in range(3)]
        await stage.ask("POST", f"{base}/$batch", headers=headers, json={"requests": batch})
        await stage.ask("GET", "/services/data")
        assert await stage.control("/requests") == [
            {"system": "graph", "method": "GET", "path": "/v1.0/users/{user}/events", "count": 2},
            {"system": "graph", "method": "POST", "path": "/v1.0/$batch", "count": 1},
            {"system": "graph", "method": "POST", "path": "/{tenant}/oauth2/v2.0/token", "count": 1},
            {"system": "salesforce", "method": "GET", "path": "/services/data", "count": 1},
        ]
        assert stage.sandbox.traffic.requests("graph") == 3
        assert (await stage.ask("DELETE", "/control/requests")).json == []
        assert stage.sandbox.traffic.requests("graph") == 0


async def test_how_many_ran_at_once() -> None:
    async with staged() as stage:
        await stage.add_ann()
        headers = await stage.token()
        await stage.control("/weather", {"transport": {"kinds": ["delayed"], "rate": 1.0, "delay_ms": 100}})
        url = f"{stage.line['graph']['base_url']}/users/ann@northwind.example/events"
        await asyncio.gather(*(stage.ask("GET", url, headers=headers) for _ in range(3)))
        await stage.ask("GET", url, headers=headers)
        assert (await stage.control("/in_flight"))["ann@northwind.example"] == 3
