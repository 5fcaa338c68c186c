"""`make bench`: a server of its own, seeded through its API, measured and taken away again. A few minutes.

make bench ARGS="--only home,context --rounds 5"
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from statistics import median

import machine
import report
from measure import Load, Result, measure, wait_until_quiet
from scenarios import SCENARIOS
from seed import STATUSES, seed
from server import Server

OUT = Path(__file__).resolve().parent.parent / "build" / "bench.json"
STARTS = 3
AFTER_START_S = 5.0
AFTER_LOAD_S = 65.0  # connections that nobody uses are closed by then


def starts(how_many: int) -> tuple[list[float], list[float]]:
    """Seconds to the first answer: on an empty folder, and on the same folder later."""
    first, later = [], []
    for _ in range(how_many):
        server = Server.in_new_folder()
        try:
            first.append(server.start())
            server.stop()
            later.append(server.start())
        finally:
            server.remove()
    return first, later


async def loaded(server: Server, wanted: argparse.Namespace, figures: dict[str, object]) -> list[Result]:
    """Seed the server and measure it; what is found besides goes into `figures`."""
    household = server.household()
    began_at, before = time.perf_counter(), household.cpu()
    seeded = await seed(server.base, statuses=wanted.statuses)
    seed_s = time.perf_counter() - began_at
    await wait_until_quiet(household)
    figures["seeding"] = {"seconds": seed_s, "cpu": (household.cpu() - before)._asdict()}
    print(f"seeded in {seed_s:.0f} s\n\n{report.HEAD}")
    load = Load(server.base, household, seeded, wanted.rounds, wanted.seconds)
    results = []
    for scenario in SCENARIOS:
        if wanted.only and scenario.name not in wanted.only:
            continue
        for connections in wanted.connections:
            results.append(await measure(load, scenario, connections))
            print(report.line(results[-1]), flush=True)
    return results


def memory_of(server: Server, when: str, idle_s: float, figures: dict[str, object]) -> None:
    time.sleep(idle_s)
    processes = server.household().processes()
    figures[f"memory {when}"] = [one._asdict() for one in processes]
    print("\n".join(report.memory(processes, when)), flush=True)


def run(wanted: argparse.Namespace) -> int:
    figures: dict[str, object] = {"machine": machine.describe(), "at": time.strftime("%F %T")}
    if wanted.starts:
        first, later = starts(wanted.starts)
        figures["starts"] = {"first_s": first, "later_s": later}
        print(report.amount("start on an empty folder", median(first), "s", report.FIRST_START_BUDGET_S))
        print(report.amount("start later", median(later), "s", report.LATER_START_BUDGET_S))
    server = Server.in_new_folder()
    try:
        server.start()
        memory_of(server, "after the start", AFTER_START_S, figures)
        results = asyncio.run(loaded(server, wanted, figures))
        memory_of(server, "a minute after the load", AFTER_LOAD_S, figures)
    finally:
        server.remove()
    figures["results"] = [one._asdict() for one in results]
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    wanted.out.write_text(json.dumps(figures, indent=1))
    over = report.over_budget(results)
    if over:
        print(f"\nOver budget: {', '.join(over)}")
    print(f"\nAll figures: {wanted.out}")
    return 1 if over or any(one.failed for one in results) else 0


def wishes() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure a seeded server.")
    names = [one.name for one in SCENARIOS]

    def some(text: str) -> list[str]:
        chosen = [name.strip() for name in text.split(",")]
        unknown = [name for name in chosen if name not in names]
        if unknown:
            raise argparse.ArgumentTypeError(f"no scenario {unknown[0]!r}; there are: {', '.join(names)}")
        return chosen

    parser.add_argument("--only", type=some, default=[], help="scenarios, separated by commas")
    parser.add_argument(
        "--rounds", type=int, default=3, help="of each scenario at each number of connections"
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="of each round")
    parser.add_argument("--statuses", type=int, default=STATUSES, help="to seed")
    parser.add_argument(
        "--starts", type=int, default=STARTS, help="how often the start is timed; 0: not at all"
    )
    parser.add_argument(
        "--connections", type=lambda text: [int(one) for one in text.split(",")], default=[1, 16]
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run(wishes()))
