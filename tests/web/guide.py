"""The situations that the user's guide asks about, each as an item in somebody's calendars, and the page on which Twincal answers.

The pictures of docs/howto/troubleshooting.md are taken of these pages, and what is quoted there has to stand on them.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from tests.engine.stage import ANN, BEN, CARLA, DORA, Stage
from twincal.core.vocabulary import Level
from twincal.engine.service import Service

WEEKLY = {
    "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]},
    "range": {"type": "numbered", "startDate": "2027-03-02", "numberOfOccurrences": 4},
}
LUKE, LENA, IGOR = "luke@initech.example", "lena@initech.example", "igor@rival.example"
PRIVATE, NOBODY = "Doctor", ""
ITEMS = {
    "lead": (ANN, "Coffee with a Lead"),
    "leads": (ANN, "Workshop with two Leads"),
    "contacts-and-leads": (ANN, "Kick-off with Contacts and a Lead"),
    "appointment-from-salesforce": (BEN, "Prepare the offer"),
    "own-address": (ANN, "Write the report"),
    "appointment-in-match": (BEN, "Tidy the desk"),
    "association": (ANN, "Visit at Globex"),
    "ignored-in-sync-all": (ANN, "Talk with Igor"),
    "ignored-in-match": (BEN, "Panel with Igor"),
    "ignored-in-part": (BEN, "Fair with Igor and Carla"),
    "description": (ANN, "Contract review"),
    "prevented": (BEN, "Budget with Carla"),
}
"""Situations that *Explain* answers: whose item it is, and its subject."""


async def furnish(stage: Stage, service: Service) -> None:
    """Ann in the mode Sync All, Ben in Match, each with their own address on the Ignore List, and all that the guide tells of."""
    await _records(stage)
    await service.set_setting("mode", "match", level="user", who=BEN)
    for who in (ANN, BEN):
        await service.set_setting("ignore_list", f"{who}, rival.example", level="user", who=who)
    await service.set_setting("prevent.update_in_salesforce", "on", level="user", who=BEN)
    await _anns(stage)
    await _bens(stage)
    await service.sync()
    await stage.change(ITEMS["association"][1], location={"displayName": "Room 7"})
    await stage.edit(ITEMS["description"][1], Description="Bring the old contract")
    change = {"location": {"displayName": "Hall 3"}}
    await stage.act("exchange", BEN, "change", subject=ITEMS["prevented"][1], event=change)
    await service.sync()


async def _records(stage: Stage) -> None:
    for kind, name, address in (("Contact", "Carla Rossi", CARLA), ("Contact", "Dora Klein", DORA), ("Lead", "Luke Adler", LUKE),
                                ("Lead", "Lena Berg", LENA), ("Contact", "Igor Rival", IGOR)):  # fmt: skip
        await stage.record(kind, name, address)


async def _anns(stage: Stage) -> None:
    await stage.meet("Standup", CARLA, day=2, recurrence=WEEKLY)
    await stage.meet(ITEMS["lead"][1], LUKE, day=3)
    await stage.meet(ITEMS["leads"][1], LENA, LUKE, day=3, hour=11)
    await stage.meet(ITEMS["contacts-and-leads"][1], CARLA, LUKE, DORA, day=3, hour=14)
    await stage.book(ITEMS["own-address"][1], day=4)
    await stage.book(PRIVATE, day=4, hour=12, sensitivity="private")
    await stage.meet(ITEMS["ignored-in-sync-all"][1], IGOR, day=5)
    await stage.meet(ITEMS["description"][1], CARLA, day=5, hour=11, body={"contentType": "text", "content": "Clauses 1 to 4"})
    account = await stage.act("salesforce", ANN, "insert", object="Account", fields={"Name": "Globex"})
    await stage.enter(ITEMS["association"][1], day=5, hour=14, WhatId=account["Id"])


async def _bens(stage: Stage) -> None:
    await stage.enter(ITEMS["appointment-from-salesforce"][1], who=BEN, day=3)
    await stage.book(ITEMS["appointment-in-match"][1], who=BEN, day=4)
    await stage.meet(ITEMS["ignored-in-match"][1], IGOR, who=BEN, day=5)
    await stage.meet(ITEMS["ignored-in-part"][1], IGOR, CARLA, who=BEN, day=5, hour=11)
    await stage.meet(ITEMS["prevented"][1], CARLA, who=BEN, day=5, hour=14)


async def answers(stage: Stage) -> Mapping[str, tuple[str, str]]:
    """Who opens which page for each situation, by its name: items are asked for as people do, by their subject, a private one by
    its id. Nobody is the administrator of the organization."""
    asked = {name: (who, f"/explain?{urlencode({'item': subject})}") for name, (who, subject) in ITEMS.items()}
    doctor = (await stage.item(PRIVATE))["id"]
    return {
        **asked,
        "recurring": (ANN, "/history?tab=synced&search=standup"),
        "private": (ANN, f"/explain?{urlencode({'item': doctor})}"),
        "private-not-listed": (ANN, "/history?tab=excluded"),
        "private-customization": (NOBODY, f"/admin/settings?level={Level.ORGANIZATION.value}#private_items"),
        "ignore-list": (ANN, "/settings#ignore_list"),
    }
