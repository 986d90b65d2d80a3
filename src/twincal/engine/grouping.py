"""Unresolved items by the addresses that hold them up, so that one record in Salesforce, or one entry, settles many."""

from collections.abc import Iterable

from msgspec import Struct

from twincal.core.listing import Waiting


class AddressGroup(Struct, frozen=True, kw_only=True):
    """One address without a record: how many items of how many people wait for it."""

    address: str
    items: int
    people: int


class DomainGroup(Struct, frozen=True, kw_only=True):
    """The addresses of one domain, and their items together, each counted once."""

    domain: str
    items: int
    people: int
    addresses: tuple[AddressGroup, ...]


def grouped(waiting_items: Iterable[tuple[str, Waiting]]) -> list[DomainGroup]:
    """Groups of unresolved items, each with its owner's mailbox; what holds most items up stands first."""
    by_address: dict[str, set[tuple[str, str]]] = {}
    for mailbox, item in waiting_items:
        for address in item.addresses:
            by_address.setdefault(address, set()).add((mailbox, item.key))
    by_domain: dict[str, dict[str, set[tuple[str, str]]]] = {}
    for address, waiting in by_address.items():
        by_domain.setdefault(address.partition("@")[2] or address, {})[address] = waiting
    found = [_domain(domain, addresses) for domain, addresses in by_domain.items()]
    return sorted(found, key=lambda group: (-group.items, group.domain))


def _domain(domain: str, addresses: dict[str, set[tuple[str, str]]]) -> DomainGroup:
    groups = [AddressGroup(address=one, items=len(waiting), people=_people(waiting)) for one, waiting in addresses.items()]
    together: set[tuple[str, str]] = set().union(*addresses.values())
    ordered = tuple(sorted(groups, key=lambda group: (-group.items, group.address)))
    return DomainGroup(domain=domain, items=len(together), people=_people(together), addresses=ordered)


def _people(waiting: set[tuple[str, str]]) -> int:
    return len({mailbox for mailbox, _ in waiting})
