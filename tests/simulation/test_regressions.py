"""Worlds that were broken once, made small: none breaks again. And the tool that finds, shrinks and stores them."""

from pathlib import Path

import pytest

from tests.simulation.weather import in_gale
from tests.simulation.world import World
from tools.simulate import __main__ as simulate
from tools.simulate import middle, shrinking
from twincal.engine import recover

STORED = sorted(shrinking.REGRESSIONS.glob("*.json"))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_what_was_broken_once_is_whole(path: Path) -> None:
    assert World(shrinking.stored(path)).play().violation == ""


def test_a_broken_world_is_found_made_small_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Planted: what an earlier process may have created is not looked for, and created again."""

    async def nothing(*given: object) -> tuple[()]:
        return ()

    monkeypatch.setattr(shrinking, "REGRESSIONS", tmp_path)
    monkeypatch.setattr(recover, "_found", nothing)
    monkeypatch.setattr(recover, "LATE", recover.LATE * 0)
    told = ((seed, World(middle.tapes_of(seed)).play().violation) for seed in range(60) if not in_gale(seed))
    seed, violation = next((seed, violation) for seed, violation in told if violation.startswith("S1"))
    small = shrinking.told(seed, violation, write=True)
    said = capsys.readouterr().out
    assert violation.partition(":")[0] in said
    assert "made small" in said
    assert len(small.deeds) <= 6
    (path,) = tmp_path.glob("*.json")
    assert shrinking.stored(path) == small
    assert simulate.main(["--replay", str(path)]) == 1
    monkeypatch.undo()
    assert simulate.main(["--replay", str(path)]) == 0


def test_what_is_not_needed_is_taken_away() -> None:
    assert list(shrinking.fewer(range(100), lambda kept: {17, 64} <= set(kept))) == [17, 64]
    assert list(shrinking.fewer([], lambda kept: True)) == []


def test_many_worlds_are_counted_together(capsys: pytest.CaptureFixture[str]) -> None:
    ran = middle.run(0, worlds=40, steps=0, jobs=2)
    middle.tell(ran)
    said = capsys.readouterr().out
    assert (ran.worlds, ran.broken, ran.unsteady) == (40, [], [])
    assert f"{ran.steps:,} steps" in said
    assert "steps a second and core" in said


@pytest.mark.parametrize("arguments", [["--seed", "minus one"], ["--tier", "z"], ["--replay", "nowhere.json"]])
def test_wrong_input_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = simulate.main(arguments)
    except SystemExit as end:
        code = int(str(end.code))
    assert code == 2
