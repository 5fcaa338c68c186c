"""Figures as a table, with what they may be beside them."""

from collections.abc import Sequence

from machine import Process
from measure import Result
from scenarios import SCENARIOS

MEMORY_BUDGET_MIB = 250.0
FIRST_START_BUDGET_S = 5.0
LATER_START_BUDGET_S = 2.0

_BUDGETS = {one.name: one for one in SCENARIOS}


def line(result: Result) -> str:
    """CPU is milliseconds per request, server + PostgreSQL."""
    scenario = _BUDGETS[result.scenario]
    budget = "" if scenario.budget_ms is None else f"{scenario.budget_ms:g}"
    failed = f"  {result.failed} FAILED" if result.failed else ""
    return (
        f"{result.scenario:<24}{result.connections:>3}{result.per_second:>8.0f}"
        f"{result.p50_ms:>8.2f}{result.p99_ms:>8.2f}"
        f"{result.server_ms:>8.2f} +{result.postgres_ms:>5.2f} ={result.cpu_ms:>6.2f}"
        f"{scenario.goal_ms:>7g}{budget:>8}{verdict(result.cpu_ms, scenario.budget_ms)}{failed}"
    )


HEAD = (
    f"{'':<24}{'con':>3}{'req/s':>8}{'p50':>8}{'p99':>8}{'server':>8} +{'pg':>5} ={'cpu ms':>6}"
    f"{'goal':>7}{'budget':>8}"
)


def verdict(value: float, budget: float | None) -> str:
    return "" if budget is None else ("  kept" if value <= budget else "  OVER")


def amount(what: str, value: float, unit: str, budget: float) -> str:
    return f"{what:<38}{value:>8.2f} {unit:<4} budget {budget:g}{verdict(value, budget)}"


def memory(processes: Sequence[Process], when: str) -> list[str]:
    total = sum(one.pss_mib for one in processes)
    lines = [amount(f"memory {when} (PSS, all processes)", total, "MiB", MEMORY_BUDGET_MIB)]
    ours = [one for one in processes if not one.is_postgres]
    postgres = [one for one in processes if one.is_postgres]
    lines += [f"    {one.name:<34}{one.pss_mib:>8.1f}" for one in ours]
    lines.append(
        f"    {f'PostgreSQL, {len(postgres)} processes':<34}{sum(one.pss_mib for one in postgres):>8.1f}"
    )
    return lines


def over_budget(results: Sequence[Result]) -> list[str]:
    """The names of what costs more than it may."""
    return [
        f"{one.scenario} ({one.connections})"
        for one in results
        if (budget := _BUDGETS[one.scenario].budget_ms) is not None and one.cpu_ms > budget
    ]
