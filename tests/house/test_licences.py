"""Licences: what is shipped stands under one of a list; what only helps to build may be LGPL besides."""

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions

import pytest

from tests.house.sources import ROOT
from tests.house.test_locks import pins

# What the metadata of packages say → the licence it means.
SPELLINGS = {
    "mit": "MIT", "mit license": "MIT", "the mit license (mit)": "MIT", "mit-0": "MIT", "apache-2.0": "Apache-2.0",
    "apache 2.0": "Apache-2.0", "apache software license": "Apache-2.0", "bsd": "BSD", "bsd license": "BSD", "bsd-2-clause": "BSD",
    "bsd-3-clause": "BSD", "bsd 2-clause license": "BSD", "psf-2.0": "PSF-2.0", "python software foundation license": "PSF-2.0",
    "isc license": "ISC", "isc license (iscl)": "ISC", "mpl-2.0": "MPL-2.0", "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "lgpl-3.0-or-later": "LGPL-3.0", "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0",
}  # fmt: skip
SHIPPED = {"MIT", "Apache-2.0", "BSD", "PSF-2.0", "ISC", "MPL-2.0"}
BUILDING = SHIPPED | {"LGPL-3.0"}
# Packages whose metadata say nothing; each was looked at.
LOOKED_AT = {"axe-playwright-python": "MIT"}


def name_of(distribution: Distribution) -> str:
    """The name as locks write it."""
    return re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()


def licences(distribution: Distribution) -> set[str]:
    """What a package may be used under: every licence where all apply, any one of them where there is a choice."""
    told = distribution.metadata
    classes = [one.rsplit(" :: ", 1)[-1] for one in told.get_all("Classifier") or () if one.startswith("License :: ")]
    for words in (*(told.get_all("License-Expression") or ()), *(told.get_all("License") or ())):
        if found := known(re.split(r" (?:AND|OR) ", words)):
            return found
    return known(classes) or {LOOKED_AT.get(name_of(distribution), "")}


def known(words: Iterable[str]) -> set[str]:
    """The licences meant, empty where one of the words is not known."""
    meant = [SPELLINGS.get(word.strip().lower()) for word in words if word != "OSI Approved"]
    return {one for one in meant if one} if all(meant) else set()


INSTALLED = {name_of(one): one for one in distributions()}


@pytest.mark.parametrize(("lock", "allowed"), [("runtime.lock", SHIPPED), ("dev.lock", BUILDING)])
def test_every_licence_is_on_the_list(lock: str, allowed: set[str]) -> None:
    here = {name: licences(INSTALLED[name]) for name in map(str.lower, pins(lock)) if name in INSTALLED}
    assert len(here) > len(pins(lock)) * 0.8, "too few are installed for this to mean anything"
    strange = {name: found for name, found in here.items() if not found <= allowed}
    assert not strange, f"look at the licence, then put it on the list: {strange}"


def test_a_licence_that_is_not_on_the_list_would_be_noticed() -> None:
    assert known(["GPL-3.0-only"]) == set()
    assert known(["MIT", "AGPL-3.0"]) == set()
    assert known(["Apache-2.0", "MIT"]) == {"Apache-2.0", "MIT"}
    assert not {"LGPL-3.0"} <= SHIPPED


def test_what_is_installed_is_what_is_locked() -> None:
    """A package of another version than the locked one would have been tested and not shipped."""
    text = (ROOT / "requirements/dev.lock").read_text(encoding="utf-8")
    locked: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        locked.setdefault(name.lower(), set()).add(version)
    differing = {n: one.version for n, one in INSTALLED.items() if one.version not in locked.get(n, {one.version})}
    strange = sorted(INSTALLED.keys() - locked.keys())
    assert not differing
    assert not strange, f"installed, but in no lock: {strange}"
