"""`./dev bench`: what a sync costs in requests, CPU, memory and bytes, beside floors, a reference, and the goals.

    ./dev bench [--sizes 100,1000,10000] [--bodies text,html] [--repeats 3]

Seconds of one machine mean little elsewhere: requests are exact, and the rest is told as a ratio to a reference client that
runs in turn with Twincal, the minimum of the repeats. Before a figure counts, both sides must agree. `docs/performance.md`
has the goals by number. Exit code 0 also where a goal is missed; 1 when a client fails, with what it said.
"""

import argparse
import sys
from collections.abc import Callable, Iterable

from tools.bench.company import Company, running
from tools.bench.figures import Figure, Pair, cheapest, costs, growth, requests, start_up, store, waits
from tools.bench.stories import OURS, REFERENCE, ClientFailed, Clients, Story, clients, delayed, told, warmed

WAITING = 500
"""Events with which the wall clock is measured."""


def show(title: str, figures: Iterable[Figure]) -> None:
    """One block of lines."""
    print(f"\n{title}")
    for figure in figures:
        print(figure, flush=True)


def repeated(repeats: int, one: Callable[[str], Story]) -> Pair:
    """Both clients in turn, so many times; the cheapest of each."""
    pairs = [(one(OURS), one(REFERENCE)) for _ in range(repeats)]
    return cheapest([ours for ours, _ in pairs]), cheapest([theirs for _, theirs in pairs])


def measured(starter: Clients, company: Company, sizes: list[int], body: str, repeats: int) -> None:
    """All sizes with one kind of body."""
    results: dict[int, Pair] = {}
    for count in sizes:
        results[count] = repeated(
            repeats, lambda module, count=count: told(starter, company, module, count, html=body == "html")  # type: ignore[misc]
        )  # fmt: skip
        ours, theirs = results[count]
        show(f"{count} events, {body} bodies", (*requests(count, ours), *costs(ours, theirs), *store(count, ours)))
    if len(sizes) > 1:
        show(f"One event more, from {sizes[0]} to {sizes[-1]}, {body} bodies", growth(sizes, results, body))
    show(f"Start-up, {sizes[0]} events known, {body} bodies", [start_up(*results[sizes[0]])])


def main() -> int:
    """Measure and print."""
    about = (__doc__ or "").splitlines()[0]
    options = argparse.ArgumentParser(prog="./dev bench", description=about)
    options.add_argument("what", nargs="?", choices=["sync", "web"], default="sync", help="the sync, or the pages of the web app")
    options.add_argument("--sizes", default="100,1000,10000", help="numbers of events, the smallest first")
    options.add_argument("--bodies", default="text,html", help="text (500 bytes), html (9 kB), or both")
    options.add_argument("--repeats", type=int, default=3, help="how often each client runs; the cheapest run counts")
    options.add_argument("--no-waiting", action="store_true", help="leave out what is measured by the wall clock")
    given = options.parse_args()
    if given.what == "web":
        from tools.bench.web import main as web

        return web()
    sizes = [int(size) for size in given.sizes.split(",")]
    print("  what                                value               beside    ratio  goal")
    try:
        with running() as company, clients() as starter:
            warmed(starter, company)
            for body in given.bodies.split(","):
                measured(starter, company, sizes, body, given.repeats)
            if not given.no_waiting:
                pair = repeated(given.repeats, lambda module: delayed(starter, company, module, WAITING))
                show(f"{WAITING} events, answers after 100 ms (Graph) and 200 ms (Salesforce)", waits(WAITING, *pair))
    except ClientFailed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
