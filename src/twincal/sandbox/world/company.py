"""Northwind: thirty people, two years of diaries, and a Salesforce org that sells."""

from datetime import date
from random import Random
from typing import Literal, get_args

from twincal.sandbox.certificates import Certificates
from twincal.sandbox.exchange import Exchange
from twincal.sandbox.salesforce import Org
from twincal.sandbox.salesforce.profiles import CHATTER_USER, SALES_USER, STANDARD_USER
from twincal.sandbox.world.customers import address_of, win_customers
from twincal.sandbox.world.diaries import Diaries, room_address
from twincal.sandbox.world.names import POSTS, ROOMS, Post
from twincal.sandbox.world.staff import DOMAIN, Employee, employ, sign_up
from twincal.sandbox.world.visits import Visits

World = Literal["company", "empty"]
WORLDS: tuple[str, ...] = get_args(World)
# Somebody who only chats in Salesforce: a user like the others, without a mailbox and without a calendar in the org.
RECEPTION = f"reception@{DOMAIN}"


def settle_in(exchange: Exchange, org: Org, certificates: Certificates, *, world: str, today: date, seed: int) -> list[Employee]:
    """Registers Twincal's apps, and in the world `company` fills both sides; the same for the same seed and day.

    `empty` has the sign-in and its user, and no people. Raises ValueError for a world there is not.
    """
    if world not in WORLDS:
        raise ValueError(f"There is no world '{world}'. There is: {', '.join(WORLDS)}.")
    sign_up(exchange, org, certificates)
    if world == "empty":
        return []
    dice = Random(seed)
    staff = [_hire(exchange, org, number, post) for number, post in enumerate(POSTS)]
    for room, zone in ROOMS.items():
        exchange.add_mailbox(room_address(room), room, time_zone=zone, is_room=True)
    customers = win_customers(org, staff, dice, today)
    Diaries(exchange, staff, customers, dice, today).fill()
    Visits(exchange, org, staff, customers, dice, today).fill()
    org.add_user(RECEPTION, "Northwind Reception", RECEPTION, profile=CHATTER_USER)
    return staff


def _hire(exchange: Exchange, org: Org, number: int, post: Post) -> Employee:
    mailbox = address_of(post.name, DOMAIN)
    first, _, last = mailbox.partition("@")[0].partition(".")
    # Usernames are unique in all of Salesforce, so that some differ from the address; some people have an alias.
    username = f"{mailbox}.crm" if number % 5 == 4 else mailbox
    aliases = (f"{first[0]}.{last}@{DOMAIN}",) if number % 3 == 0 else ()
    return employ(
        exchange, org, name=post.name, mailbox=mailbox, username=username, aliases=aliases, time_zone=post.zone,
        profile=SALES_USER if post.team.startswith("Sales") else STANDARD_USER,
    )  # fmt: skip
