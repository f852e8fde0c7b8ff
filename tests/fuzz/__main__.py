"""The fuzzer: calls every operation of the API's description in every role, with schemathesis' values and with ids that are
there, and holds every answer against the description. `./dev fuzz` starts it on a set of its own.

It ends with one line of figures, and with 0 where nothing failed, every operation has succeeded at least once and enough
answers were good. The same seed makes the same values; what was made meanwhile has other ids.
"""

import argparse
import copy
import pathlib
import sys
import time

import schemathesis
from schemathesis.core.failures import FailureGroup

import table
from client import Client
from run import CHECKS, Run
from world import World

# Of all answers, those that have to be good.
LEAST_GOOD = 0.3


def arguments():
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--url", required=True, help="of the set")
    parser.add_argument("--dev", required=True, help="the script that starts the operators' command line")
    parser.add_argument("--mails", required=True, help="the folder of mails that were caught")
    parser.add_argument("--now", required=True, help="what the set's clock showed at its start")
    parser.add_argument("--requests", type=int, required=True, help="how many at least")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--only", default="", help="operations that have this in their name")
    return parser.parse_args()


def sees_faults(schema, url):
    """Whether an answer that is not as described fails: here one of which the description says something else."""
    described = copy.deepcopy(schema.raw_schema)
    answer = {"description": "", "content": {"application/json": {"schema": {"type": "array"}}}}
    described["paths"]["/v1/consents"]["get"]["responses"] = {"200": answer}
    case = schemathesis.openapi.from_dict(described)["/v1/consents"]["GET"].Case()
    try:
        case.validate_response(case.call(base_url=url), checks=CHECKS)
    except FailureGroup:
        return True
    return False


def main():
    wanted, began = arguments(), time.monotonic()
    cells = table.read((pathlib.Path(__file__).parents[2] / "docs/roles.md").read_text())
    schema = schemathesis.openapi.from_url(f"{wanted.url}/openapi.json")
    if not sees_faults(schema, wanted.url):
        raise SystemExit("fuzzer: an answer that is not as described was taken for good")
    client = Client(wanted.url, wanted.dev, wanted.mails)
    world = World(client, wanted.now, wanted.seed, patients=max(60, wanted.requests // 40), signed_up=max(6, wanted.requests // 600))
    print(f"fuzzer: hospitals, staff and patients are there after {time.monotonic() - began:.0f} s", flush=True)
    run = Run(schema, world, cells, wanted.seed, wanted.only)
    run.all(wanted.requests)
    for line in run.report():
        print(line)
    faults = len(run.failures) + len(run.without_success())
    share = run.good / max(run.requests, 1)
    print(
        f"fuzzer: {run.requests} requests, {run.good} of them 2xx ({share:.0%}), "
        f"{len(run.without_success())} of {len(run.operations)} operations without a 2xx, {len(run.failures)} failures; "
        f"{client.calls} more that made things; {time.monotonic() - began:.0f} s, seed {wanted.seed}"
    )
    sys.exit(1 if faults or share < LEAST_GOOD else 0)


main()
