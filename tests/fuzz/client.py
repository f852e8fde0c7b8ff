"""Calls of the API that make what the fuzzer needs, the operators' command line, and the mails that were sent."""

import json
import pathlib
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from email import message_from_binary_file, policy

import requests

# A mail is sent by a task of its own after the commit.
MAIL_WITHIN_S = 20


class NotMade(Exception):
    """What a call needs could not be made: the call is sent with what was generated alone."""


@dataclass
class Caller:
    """Somebody who calls. Without a token: nobody."""

    role: str
    token: str | None = None
    account: str | None = None
    patient: str | None = None
    email: str | None = None
    password: str | None = None
    # What was made for this caller once and is used again.
    kept: dict = field(default_factory=dict)

    def headers(self):
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


class Client:
    """One set of services."""

    def __init__(self, url, dev, folder):
        self.url, self.dev = url, dev
        # Of mails that were caught, and what was read of them.
        self.folder, self.read = pathlib.Path(folder), {}
        self.http = requests.Session()
        self.http.trust_env = False
        self.calls = 0

    def call(self, who, method, path, body=None, key=None, **headers):
        """Any answer."""
        self.calls += 1
        sent = who.headers() | {"Prefer": "wait=20"} | {k.replace("_", "-"): v for k, v in headers.items()}
        if method != "GET":
            sent["Idempotency-Key"] = key or str(uuid.uuid4())
            body = {} if body is None else body
        return self.http.request(method, self.url + path, json=body, headers=sent, timeout=60)

    def done(self, who, method, path, body=None, **headers):
        """The JSON of an answer that is good."""
        answer = self.call(who, method, path, body, **headers)
        if not answer.ok:
            raise NotMade(f"{method} {path} as {who.role}: {answer.status_code} {answer.text[:400]}")
        return answer.json() if answer.content else None

    def get(self, who, path):
        return self.done(who, "GET", path)

    def post(self, who, path, body=None):
        return self.done(who, "POST", path, body)

    def etag(self, who, path):
        answer = self.call(who, "GET", path)
        return answer.headers.get("ETag", "*")

    def docde(self, *arguments):
        """Lines of the operators' command line."""
        ended = subprocess.run([self.dev, "docde", *arguments], capture_output=True, text=True, check=False)
        if ended.returncode:
            raise NotMade(f"docde {' '.join(arguments)}: {ended.stderr[:400]}")
        return ended.stdout.splitlines()

    def tokens(self, *arguments):
        return [json.loads(line) for line in self.docde("token", *arguments)]

    def mails(self, email):
        """Texts of the mails to that address, oldest first."""
        for file in [*self.folder.glob("new/*"), *self.folder.glob("cur/*")]:
            if file.name not in self.read:
                with file.open("rb") as opened:
                    mail = message_from_binary_file(opened, policy=policy.default)
                self.read[file.name] = (file.stat().st_mtime_ns, str(mail["To"]), mail.get_content())
        return [text for _, to, text in sorted(self.read.values()) if to == email]

    def next_mail(self, email, seen):
        """The text of the mail after so many."""
        until = time.monotonic() + MAIL_WITHIN_S
        while time.monotonic() < until:
            found = self.mails(email)
            if len(found) > seen:
                return found[-1]
            time.sleep(0.05)
        raise NotMade(f"no mail has come to {email}")
