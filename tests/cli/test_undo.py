"""Taking back from the command line: shown first, done with --yes."""

from tests.cli.stage import Twincal


def moved(run: Twincal, ann: str) -> dict[str, object]:
    """An item whose subject was changed after the first sync."""
    item = run.sandbox.book(ann, "Review")
    run.does("sync")
    run.sandbox.act("exchange", ann, "change", id=item["id"], event={"subject": "Retitled"})
    run.does("sync")
    return item


def test_a_run_is_shown_and_taken_back(twincal: Twincal, ann: str) -> None:
    moved(twincal, ann)
    latest, first = twincal.does("runs", ann, "--json").json
    assert (latest["updated"], first["created"]) == (1, 1)
    assert "Updated" in twincal.does("runs", ann).out
    planned = twincal.does("undo", ann, "--run", "last")
    assert "U01" in planned.out and "subject: Review" in planned.out and "Add --yes" in planned.out
    assert twincal.sandbox.both(ann)[1] == ["Retitled"]
    done = twincal.does("undo", ann, "--run", latest["run"], "--yes", "--json").json
    (step,) = done["steps"]
    assert (step["code"], step["done"], step["side"]) == ("U01", True, "Salesforce")
    assert twincal.sandbox.both(ann) == (["Retitled"], ["Review"])
    twincal.does("sync")
    assert twincal.sandbox.both(ann) == (["Retitled"], ["Review"])


def test_a_field_of_an_item_and_a_day_are_taken_back(twincal: Twincal, ann: str) -> None:
    moved(twincal, ann)
    assert "done" in twincal.does("undo", ann, "Retitled", "--field", "subject", "--yes").out
    assert twincal.sandbox.both(ann)[1] == ["Review"]
    twincal.does("undo", ann, "--day", f"{twincal.sandbox.now:%Y-%m-%d}", "--yes")
    assert twincal.sandbox.both(ann) == (["Retitled"], [])


def test_what_cannot_be_taken_back_is_a_sentence(twincal: Twincal, ann: str) -> None:
    moved(twincal, ann)
    assert "There is no field 'titel'" in twincal.refuses("undo", ann, "Retitled", "--field", "titel")
    assert "is not a date" in twincal.refuses("undo", ann, "--day", "yesterday")
    assert "Nothing was written" in twincal.refuses("undo", ann, "--run", "4711")
    assert "No item of" in twincal.refuses("undo", ann, "Nowhere")
