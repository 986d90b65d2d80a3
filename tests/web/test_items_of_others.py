"""Ids of somebody else's items, under one's own name: neither a page nor the API finds them."""

import pytest

from tests.engine.stage import ANN, BEN
from tests.web.stage import Office

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGES = ("/history/ignore", "/history/choose", "/history/pair", "/history/reinstate", "/undo")
VERBS = ("/items/ignore", "/items/choose", "/items/pair", "/items/reinstate", "/undo")


async def test_an_item_of_somebody_else_is_found_under_nobody_elses_name(desk: Office) -> None:
    event = await desk.stage.enter("Ben's call", who=BEN)
    await desk.stage.book("Mine")
    await desk.service.sync()
    (bens,) = await desk.service.history(BEN)
    ann = await desk.person(ANN)
    before = await desk.stage.versions()
    for ident in (bens.item, bens.exchange_id, event):
        assert "No item of ann@northwind.example matches" in (await ann.get(f"/explain?item={ident}")).text
        for path in PAGES:
            sent = await ann.post(path, None, who=ANN, item=ident, other=ident, side="exchange", field="place")
            assert sent.status == 422, path
        for path in VERBS:
            body = {"mailbox": ANN, "item": ident, **({"other": ident} if path.endswith("pair") else {})}
            body |= {"side": "exchange"} if path.endswith("choose") else {}
            body |= {"field": "place"} if path.endswith("reinstate") else {}
            answer = await ann.http.post(f"/api/v1{path}", json=body, headers={"X-CSRF-Token": ann.csrf})
            assert answer.status_code == 422, path
            assert "Ben" not in answer.text
    await desk.service.sync(full=True)
    assert await desk.stage.versions() == before
    assert [row.tab for row in await desk.service.history(BEN)] == ["synced"]
