"""Calls all operations in all roles, as often as was asked for, and keeps what failed.

Of the calls that a role may make about half are live: a sample that can succeed. A third has the sample's ids and some of its
members among generated ones, the others are generated alone, good by the description or bad. Calls that a role may not
make get a sample each, and in a long run some values: none of them may succeed.
"""

import json
import uuid
from collections import Counter, defaultdict

import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import samples
import table
from client import NotMade

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# How often an operation that has not succeeded is tried again at the end, in each role that may.
AGAIN = 3
# Values by chance of an operation in a role, at least; what is refused anyway gets them in runs of so many requests.
LEAST, LONG = 6, 5000
# After one of these the caller needs another token.
ENDS_SESSIONS = {"POST /v1/account/sign-out", "POST /v1/account/password"}
# Between two lines that say how far it is.
TOLD_EVERY = 1000
# Made with mails, programs and hashed passwords: live in a twentieth of the calls.
SLOW = {
    "POST /v1/account/sign-up",
    "POST /v1/account/password-reset",
    "POST /v1/account/password",
    "POST /v1/account/sign-out",
    "DELETE /v1/account",
    "POST /v1/invitations/accept",
    "POST /v1/hospitals/{id}/leave",
    "POST /v1/hospitals/{id}/members/{account}/remove",
}


class Run:
    def __init__(self, schema, world, cells, number, only):
        self.world, self.cells, self.seed = world, cells, number
        found = (result.ok() for result in schema.get_all_operations())
        named = {f"{one.method.upper()} {one.path}": one for one in found}
        self.operations = {name: one for name, one in named.items() if only in name}
        self.chance = world.random
        self.requests = self.good = 0
        self.counts = defaultdict(Counter)
        self.unmade = defaultdict(Counter)
        self.failures = {}
        self.keys = {}

    def all(self, wanted):
        """First each once as it can succeed, then by chance."""
        pairs = [(name, role) for name in self.operations for role in table.COLUMNS]
        missing = [pair for pair in pairs if pair not in self.cells]
        if missing:
            raise SystemExit(f"fuzzer: docs/roles.md has no row for {missing[0][0]}")
        may = [pair for pair in pairs if table.may(self.cells[pair])]
        refused = [pair for pair in pairs if not table.may(self.cells[pair])]
        for name, role in may + refused:
            self.live_once(name, role)
        if wanted >= LONG:
            for name, role in refused:
                self.some(name, role, LEAST)
        rest = max(wanted - self.requests, LEAST)
        # Hypothesis begins with the simplest value, so few of many are tried with several each.
        tried = may if rest >= LEAST * len(may) else self.chance.sample(may, rest // LEAST)
        weight = sum(self.weight(name) for name, _ in tried)
        for name, role in tried:
            self.some(name, role, max(LEAST, round(rest * self.weight(name) / weight)))
        # What Hypothesis did not use, since an operation had no more values.
        while self.requests < wanted:
            self.live_once(*self.chance.choice(may))

        # A change that was still queued may have been quicker than a sample of what it changes.
        for name in self.without_success() * AGAIN:
            for role in table.COLUMNS:
                if table.may(self.cells[name, role]) and name in self.without_success():
                    self.live_once(name, role)

    def weight(self, name):
        return 0.3 if name in SLOW else 1.0

    def live_once(self, name, role):
        if name in SLOW and any(status < 300 for status in self.counts[name]):
            return
        who = self.world.caller(role)
        made = self.sample(name, who)
        if made:
            self.send(name, role, who, self.live(name, made, {}, 0), made)

    def some(self, name, role, number):
        operation = self.operations[name]
        values = st.one_of(
            operation.as_strategy(GenerationMode.POSITIVE),
            operation.as_strategy(GenerationMode.POSITIVE),
            operation.as_strategy(GenerationMode.NEGATIVE) if can_be_bad(operation) else st.nothing(),
        )
        tried = settings(
            max_examples=number, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )

        @seed(f"{self.seed} {name} {role}")
        @tried
        @given(values)
        def each(case):
            self.tried(name, role, case)

        each()

    def tried(self, name, role, case):
        who, kind = self.world.caller(role), self.chance.random()
        live = 0.05 if name in SLOW else 0.55
        if kind > live + 0.3 or (name in SLOW and kind > live):
            self.send(name, role, who, case, None)
            return
        made = self.sample(name, who)
        if not made:
            self.send(name, role, who, case, None)
            return
        sent = self.live(name, made, case, 0 if kind < live else 0.5)
        self.send(name, role, who, sent, made)

    def sample(self, name, who):
        try:
            return samples.sample(self.world, name, who)
        except NotMade as why:
            self.unmade[name][str(why)[:200]] += 1
            return None

    def live(self, name, made, case, mixed):
        """The sample, with so much of its body and query taken from what was generated."""
        operation = self.operations[name]
        body, query = made.body, dict(made.query)
        if mixed:
            query = (case.query or {}) | {key: value for key, value in query.items() if self.chance.random() > mixed / 2}
            if isinstance(case.body, dict) and isinstance(body, dict):
                body = case.body | {key: value for key, value in body.items() if self.chance.random() > mixed / 2}
            elif made.body is samples.NOTHING and operation.body:
                body = case.body
        more = {} if body is samples.NOTHING else {"body": body, "media_type": "application/json"}
        return operation.Case(path_parameters=made.path, query=query, headers=dict(made.headers), **more)

    def send(self, name, role, who, case, made):
        if made and made.who and table.may(self.cells[name, role]):
            who = made.who
        headers = dict(case.headers or {})
        if made:
            headers |= self.usual(name, who)
        case.headers = {key: value for key, value in headers.items() if value is not None} | who.headers()
        try:
            response = case.call(base_url=self.world.client.url, session=self.world.client.http, timeout=60)
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
            # What no client can send.
            return
        self.requests += 1
        if self.requests % TOLD_EVERY == 0:
            print(f"fuzzer: {self.requests} requests, {self.good} of them 2xx, {len(self.failures)} failures", flush=True)
        status = response.status_code
        self.counts[name][status] += 1
        if 200 <= status < 300:
            self.good += 1
            if not table.may(self.cells[name, role]):
                self.fail(name, role, case, response, f"a role that may not ({self.cells[name, role]}) is answered {status}")
            if name in ENDS_SESSIONS and not made and who.account:
                self.world.renew(who)
            if made and made.after:
                made.after(case.body if isinstance(case.body, dict) else {})
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                self.fail(name, role, case, response, str(failure))

    def usual(self, name, who):
        """A key, now and then that of the call before, and how long to wait."""
        chance = self.chance
        key = str(uuid.uuid4())
        if chance.random() < 0.03:
            key = self.keys.get(who.token, key)
        self.keys[who.token] = key
        return {"Idempotency-Key": key, "Prefer": chance.choice(["wait=20", "wait=20", "respond-async", None])}

    def fail(self, name, role, case, response, what):
        kind = (name, " ".join(what.split())[:160])
        if kind not in self.failures:
            sent = json.dumps(case.body, ensure_ascii=False, default=repr) if case.body is not None else ""
            request = f"{response.request.method} {response.request.url}\n{sent[:600]}"
            self.failures[kind] = f"{name} as {role}: {what}\n{request}\n{status_line(response)}"

    def without_success(self):
        return [name for name in self.operations if not any(200 <= status < 300 for status in self.counts[name])]

    def report(self):
        for what in self.failures.values():
            yield f"\nFAILED {what}"
        for name in self.without_success():
            why = "; ".join(f"{count} times {text}" for text, count in self.unmade[name].most_common(2))
            yield f"\nNEVER GOOD {name}: {dict(self.counts[name])} {why}"


def status_line(response):
    return f"{response.status_code} {response.headers.get('content-type')} {response.text[:800]}"


def can_be_bad(operation):
    return bool(operation.body or operation.query or operation.path_parameters or operation.headers)
