"""One cycle of Twincal in a process of its own; prints what it cost as JSON. `python -m tools.bench.client HOME`."""

import asyncio
import json
import resource
import sys
from pathlib import Path

from tools.bench.company import MAILBOX


async def main(home: Path) -> None:
    """Connect where the home is new, then one cycle."""
    from datetime import datetime

    from twincal.wiring import opened

    said = json.load(sys.stdin)
    async with opened(home, now=datetime.fromisoformat(said["now"])) as service:
        if not await service.people():
            graph, salesforce = said["graph"], said["salesforce"]
            await service.connect_graph(
                tenant=graph["tenant"], client_id=graph["client_id"], secret=graph["client_secret"],
                authority=graph["authority"], base_url=graph["base_url"],
            )  # fmt: skip
            await service.connect_salesforce(
                login_url=salesforce["login_url"], client_id=salesforce["client_id"], secret=salesforce["client_secret"]
            )
            await service.set_setting("mode", "sync_all")
            await service.add_person(MAILBOX, MAILBOX)
            if "--prepare" in sys.argv:
                return
        report = await service.sync()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_kb": usage.ru_maxrss,
        "created": report.total("created").salesforce,
        "updated": report.total("updated").salesforce,
        "updated_exchange": report.total("updated").exchange,
        "failed": report.failed,
        "in_step": sum(person.in_step for person in report.people),
    }))  # fmt: skip


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
