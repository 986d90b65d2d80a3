"""The bench works, and what it counts stays within the floors. Counts alone: seconds say nothing on a machine with company."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.bench.company import Company, running
from tools.bench.figures import PHASES, Figure, allowed, cheapest, costs, growth, requests, start_up, store
from tools.bench.stories import OURS, REFERENCE, ClientFailed, Clients, Story, told

COUNT = 100
MISSED = {"changed": 6, "back": 6}
"""Requests where the goal is missed, for reasons given in docs/performance.md; they must not become more."""


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    return Clients(tmp_path_factory.mktemp("bytecode"))


@pytest.fixture(scope="module")
def pair(company: Company, starter: Clients) -> tuple[Story, Story]:
    return told(starter, company, OURS, COUNT, html=False), told(starter, company, REFERENCE, COUNT, html=False)


def test_requests_stay_within_the_goals(pair: tuple[Story, Story]) -> None:
    ours, _ = pair
    asked = {phase: ours[phase]["graph"] + ours[phase]["salesforce"] for phase in PHASES}
    for phase, (_, most) in allowed(COUNT).items():
        assert asked[phase] <= MISSED.get(phase, most), (phase, asked)
    assert (ours["quiet"]["graph"], ours["quiet"]["salesforce"]) == (1, 1)
    assert all(ours[phase]["in_flight"] <= 4 for phase in PHASES)


def test_every_phase_does_what_its_name_says(pair: tuple[Story, Story]) -> None:
    ours, theirs = pair
    assert [ours[phase]["created"] for phase in PHASES] == [COUNT, 0, 0, 0, 0]
    assert [ours[phase]["updated"] for phase in PHASES] == [0, 0, 0, 1, 0]
    assert ours["back"]["updated_exchange"] == 1
    assert [theirs[phase]["graph"] for phase in ("first", "quiet")] == [1, 1]


def test_every_figure_can_be_shown(pair: tuple[Story, Story]) -> None:
    ours, theirs = pair
    lines = [*requests(COUNT, ours), *costs(ours, theirs), *store(COUNT, ours), start_up(ours, theirs)]
    lines += growth([COUNT, 10 * COUNT], {COUNT: pair, 10 * COUNT: pair}, "text")
    assert {figure.goal for figure in lines} == {"", "1", "2", "3", "4", "6", "7", "10"}
    assert all(str(figure).strip().startswith(figure.name) for figure in lines)


def test_a_client_that_fails_is_heard(company: Company, starter: Clients, tmp_path: Path) -> None:
    stranger = Company({**company.said, "graph": {**company.said["graph"], "client_secret": "wrong"}})
    with pytest.raises(ClientFailed, match="WrongInput"):
        starter.run(OURS, tmp_path / "state", stranger, "--prepare")


def test_the_cheapest_run_counts() -> None:
    runs: list[Story] = [{"first": {"cpu": cpu, "wall": wall, "graph": 1, "salesforce": 2}} for cpu, wall in ((2, 5), (3, 4))]
    assert cheapest(runs)["first"] == {"cpu": 2, "wall": 4, "graph": 1, "salesforce": 2}


def test_a_goal_is_met_or_missed() -> None:
    figure = Figure(name="a", value=3, beside=2, goal="1", most=1.5, by_ratio=True)
    assert figure.met
    assert "MISSED" in str(Figure(name="b", value=3, beside=2, goal="1", most=2))
