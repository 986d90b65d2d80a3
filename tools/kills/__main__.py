"""`./dev kills`: real processes on real sockets, killed and frozen at random moments; both calendars must not show it.

    ./dev kills [--kills 200] [--freezes 20] [--events 2000] [--seed 1] [--json FILE]

`twincal run` is killed (SIGKILL) in first syncs of so many events and in a storm of people's edits on both sides, and started
again at once; and it is stopped still (SIGSTOP) for longer than its lease, while another process takes over. In the end both
calendars show, event for event, what they show when nobody is disturbed; a watcher saw no double; nobody got a mail more; no
write is left open, and one cycle more writes nothing. Exit code 1 with each mismatch listed; 2 for wrong words.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from tools.bench.company import running
from tools.kills.findings import Findings
from tools.kills.freezing import Freezing
from tools.kills.killing import Killing, scratch
from tools.kills.processes import Home, Stuck
from tools.kills.stage import Stage, mailbox_of
from tools.kills.watcher import watching
from tools.kills.world import MOST

FEWEST = 30


def options(words: list[str]) -> argparse.Namespace:
    """What was typed; ends with 2 and a sentence where it cannot be used."""
    about = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="./dev kills", description=about)
    parser.add_argument("--kills", type=int, default=200, help="half of them in first syncs, half in a storm of edits")
    parser.add_argument("--freezes", type=int, default=20, help="each lasts longer than a lease, a minute; five at once")
    parser.add_argument("--events", type=int, default=2000, help="events in both calendars before the first sync")
    parser.add_argument("--seed", type=int, default=1, help="other edits at other moments")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the findings there too")
    given = parser.parse_args(words)
    if given.kills < 0 or given.freezes < 0:
        parser.error("--kills and --freezes cannot be less than 0")
    if not FEWEST <= given.events <= MOST:
        parser.error(f"--events must be from {FEWEST} to {MOST}")
    if given.json and not given.json.parent.is_dir():
        parser.error(f"--json: there is no directory {given.json.parent}")
    return given


def tested(given: argparse.Namespace) -> Findings:
    """The whole test."""
    findings, began = Findings(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="twincal-kills-") as folder, running() as company:
        stage = Stage(company.said)
        people = [mailbox_of(person) for person in range(max(1, given.freezes))]
        with watching(company.said["control_url"], people) as seen:
            try:
                _disturbed(Path(folder), stage, given, findings)
            except Stuck as stuck:
                findings.wrong("broken off", str(stuck))
            except KeyboardInterrupt:
                findings.wrong("broken off", "by Ctrl-C, before everything was carried out")
        findings.wrong("seen by the watcher", *seen.doubled)
        findings.looks = seen.looks
        stage = stage.another()  # the connection of before has rested so long that it may have been closed
        stage.forget_requests()
        findings.requests, findings.writes = stage.asked["requests"], stage.asked["writes"]
    findings.seconds = round(time.monotonic() - began, 1)
    return findings


def _disturbed(folder: Path, stage: Stage, given: argparse.Namespace, findings: Findings) -> None:
    stage.fill(0)
    template = scratch(folder, stage)
    try:
        _parts(template, stage, given, findings)
    finally:
        template.end_all()


def _parts(template: Home, stage: Stage, given: argparse.Namespace, findings: Findings) -> None:
    if given.kills:
        killing = Killing(stage, template, given.events, given.seed, findings, say)
        say(f"An undisturbed run with {given.events} events ...")
        wanted = killing.undisturbed()
        say(f"{given.kills} kills ...")
        killing.killed(given.kills, wanted)
    if given.freezes:
        freezing = Freezing(stage, template, given.events, given.seed, findings, say)
        say(f"{given.freezes} freezes ...")
        freezing.frozen(given.freezes, freezing.undisturbed())


def say(words: str) -> None:
    """How far it is; standard output belongs to the findings."""
    print(f"kills: {words}", file=sys.stderr, flush=True)


def show(findings: Findings) -> None:
    """The findings, a line each."""
    print(f"kills                {findings.kills.total():>8}")
    for name, count in sorted(findings.kills.items()):
        print(f"  {name:<50}{count:>6}")
    print(f"first syncs          {findings.first_syncs:>8}\nrestarts             {findings.restarts:>8}")
    print(f"edits of the storm   {findings.edits:>8}\nfreezes              {findings.freezes.total():>8}")
    for name, count in sorted(findings.freezes.items()):
        print(f"  {name:<50}{count:>6}")
    print(f"looks of the watcher {findings.looks:>8}\nrequests             {findings.requests:>8}")
    print(f"  with something to carry out{findings.writes:>29}")
    print(f"most cycles to rest  {findings.cycles_to_rest:>8}\nseconds              {findings.seconds:>8}")
    print(f"mismatches           {len(findings.mismatches):>8}")
    for line in findings.mismatches:
        print(f"  {line}")


def main() -> int:
    """Test, and tell."""
    given = options(sys.argv[1:])
    findings = tested(given)
    show(findings)
    if given.json:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(findings)))
    if findings.kills.total() != given.kills or findings.freezes.total() != given.freezes:
        say("not everything was carried out")
        return 1
    return 1 if findings.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
