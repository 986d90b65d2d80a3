"""Coming in and going out: a password, a one-time link, signing out here or everywhere."""

from starlette.responses import Response

from twincal.core.access import Visitor
from twincal.core.vocabulary import Side
from twincal.web.visit import Needs, Visit, act, is_here, page

PROVIDERS = {Side.EXCHANGE: ("microsoft", "Microsoft"), Side.SALESFORCE: ("salesforce", "Salesforce")}
"""Whose accounts people sign in with: the name in addresses, and the name on the button."""


async def sign_in_page(visit: Visit) -> Response:
    """Where somebody who is not signed in arrives."""
    if visit.signed_in is not None:
        return await visit.go("/")
    offered = await visit.service.identity_clients()
    return await visit.page("sign_in.html", next=visit.asked("next", "/"), email=visit.asked("email"),
                            providers=[PROVIDERS[one.side] for one in offered])  # fmt: skip


async def sign_in(visit: Visit) -> Response:
    """Sign in with a password."""
    found = await visit.service.desk.sign_in(visit.asked("email"), visit.asked("password"))
    return await welcome(visit, found, visit.asked("then", "/"))


async def welcome(visit: Visit, found: Visitor, path: str = "/") -> Response:
    """Somebody has come in: a new session takes the place of the one before, so that nobody can have prepared it."""
    desk = visit.service.desk
    await desk.close(visit.session)
    visit.session = await desk.open(found.id, {key: value for key, value in visit.data.items() if key == "zone"})
    visit.data = dict(visit.session.data)
    return await visit.go(path if is_here(path) else "/")


async def first_page(visit: Visit) -> Response:
    """Where a one-time link leads: choose a password."""
    token = visit.request.path_params["token"]
    whom = await visit.service.desk.opens(token)
    if whom is None:
        return await visit.page(
            "failure.html", status=404, message="This link has been used, or it is too old.",
            remedy="Start `twincal serve` anew for the first administrator's link, or ask an administrator for another one.",
        )  # fmt: skip
    found = await visit.service.desk.visitors.find(id=whom) if whom else None
    return await visit.page("first.html", token=token, known=found)


async def choose_password(visit: Visit) -> Response:
    """Use a one-time link up."""
    found = await visit.service.desk.redeem(
        visit.request.path_params["token"], visit.asked("email"), visit.asked("name"), visit.asked("password")
    )
    return await welcome(visit, found)


async def sign_out(visit: Visit) -> Response:
    """End this session."""
    await visit.service.desk.close(visit.session)
    visit.session = await visit.service.desk.open()
    visit.data = {}
    return await visit.go("/sign-in", "You have signed out.", kind="plain")


async def sign_out_everywhere(visit: Visit) -> Response:
    """End all sessions of the visitor, in every browser."""
    await visit.service.desk.close_everywhere(visit.visitor.id)
    visit.session = await visit.service.desk.open()
    visit.data = {}
    return await visit.go("/sign-in", "You have signed out in every browser.", kind="plain")


PAGES = (
    page("/sign-in", sign_in_page, needs=Needs.NOBODY),
    act("/sign-in", sign_in, needs=Needs.NOBODY, quiet=True),
    page("/first/{token}", first_page, needs=Needs.NOBODY),
    act("/first/{token}", choose_password, needs=Needs.NOBODY, quiet=True),
    act("/sign-out", sign_out, quiet=True),
    act("/sign-out-everywhere", sign_out_everywhere, quiet=True),
)
