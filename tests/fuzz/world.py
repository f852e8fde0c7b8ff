"""Who calls and what is there: hospitals, doctors, staff and patients, made through the API as people would make them."""

import random
import re
import uuid
from datetime import datetime, timedelta

from client import Caller, NotMade

PASSWORD = "some password"
# By the clock of the set: doctors work on all of these days.
DAYS = 366
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
STAFF = ["receptionist", "doctor", "director"]


def day_of(now, days):
    return (now + timedelta(days=days)).strftime("%Y-%m-%d")


class World:
    """Two hospitals with the same staff (one of them is changed all the time), and a third with staff of its own."""

    def __init__(self, client, now, number, patients, signed_up):
        self.client, self.now = client, datetime.fromisoformat(now)
        self.random = random.Random(number)
        self.nobody = Caller("anonymous")
        self.consents = [
            {"kind": one["kind"], "version": one["version"]}
            for one in client.get(self.nobody, "/v1/consents")["items"]
            if one["required"]
        ]
        self.operator = self.sign_up("operator")
        client.docde("operator", self.operator.email, "--by", "fuzzer")
        self.main = self.hospital()
        self.side = self.hospital()
        self.elsewhere = self.hospital()
        self.staff = {role: self.sign_up(role) for role in STAFF}
        self.others = {role: self.sign_up("elsewhere") for role in STAFF}
        for staff, hospitals in [(self.staff, [self.main, self.side]), (self.others, [self.elsewhere])]:
            for hospital in hospitals:
                self.employ(staff, hospital)
        self.unlimited(self.main)
        # Booked and worked with; the line of the last one is opened and closed; of the side hospital one is only edited.
        self.doctors = [self.doctor(self.main) for _ in range(3)]
        self.desk_doctor = self.doctor(self.main)
        self.edited_doctor = self.doctor(self.side)
        self.signed_up = [self.sign_up("patient") for _ in range(signed_up)]
        made = client.tokens("--patients", str(patients), "--offset", "1000")
        self.patients = [Caller("patient", one["token"], one["account_id"], one["patient_id"]) for one in made]

    # ---- people

    def sign_up(self, role):
        email = f"{role}-{uuid.uuid4().hex[:12]}@fuzz.example"
        code = self.code(email, "sign_up")
        body = {
            "email": email, "code": code, "password": PASSWORD, "name": "김시험", "as": "patient",
            "birth_date": "1990-01-01", "consents": self.consents,
        }  # fmt: skip
        self.client.post(self.nobody, "/v1/account/sign-up", body)
        caller = Caller(role, email=email, password=PASSWORD)
        caller.token = self.signed_in(caller)["access_token"]
        profile = self.client.get(caller, "/v1/account")
        caller.account = profile["account_id"] if "account_id" in profile else profile["id"]
        caller.patient = self.client.get(caller, "/v1/patients")["items"][0]["id"]
        self.renew(caller)
        return caller

    def code(self, email, what):
        seen = len(self.client.mails(email))
        self.client.post(self.nobody, "/v1/account/email-codes", {"email": email, "for": what})
        return re.search(r"\b\d{6}\b", self.client.next_mail(email, seen)).group()

    def signed_in(self, caller):
        body = {"email": caller.email, "password": caller.password}
        return self.client.post(self.nobody, "/v1/account/sign-in", body)

    def renew(self, caller):
        """A session that outlives the run."""
        caller.token = self.client.tokens("--account", caller.account)[0]["token"]

    def employ(self, staff, hospital):
        """Each by the way that the API has for it."""
        director = staff["director"]
        claim = self.client.post(director, f"/v1/hospitals/{hospital}/claims", {"about": "원장 홍길동"})
        self.client.post(self.operator, f"/v1/claims/{claim['id']}/accept", {})
        for role in ["receptionist", "doctor"]:
            code = self.invitation(director, hospital, staff[role].email, role)
            self.client.post(staff[role], "/v1/invitations/accept", {"code": code})

    def invitation(self, director, hospital, email, role):
        seen = len(self.client.mails(email))
        self.client.post(director, f"/v1/hospitals/{hospital}/invitations", {"email": email, "role": role})
        text = self.client.next_mail(email, seen)
        return max(re.findall(r"[A-Za-z0-9_-]{20,}", text), key=len)

    def caller(self, role):
        """Somebody in that role; patients are others each time."""
        if role == "anonymous":
            return self.nobody
        if role == "operator":
            return self.operator
        if role == "elsewhere":
            return self.others[self.random.choice(STAFF)]
        return self.staff.get(role) or self.random.choice(self.patients)

    def somebody(self):
        return self.random.choice(self.patients)

    # ---- places

    def hospital(self):
        body = {"name": f"시험병원 {uuid.uuid4().hex[:6]}", "kind": "의원", "address": "서울특별시 중구 시험로 1"}
        body |= {"departments": ["내과"], "sido": "서울", "sigungu": "중구"}
        return self.client.post(self.operator, "/v1/hospitals", body)["id"]

    def unlimited(self, hospital):
        """As much as a hospital may allow, since a few accounts do all that there is to do."""
        limits = {"max_open_bookings": 100, "max_open_account": 100, "max_per_doctor_day": 20, "max_holds": 20, "max_holds_hour": 100, "hold_again_minutes": 0}
        self.client.done(self.staff["director"], "PATCH", f"/v1/hospitals/{hospital}", {"limits": limits}, If_Match="*")

    def doctor(self, hospital):
        """At every hour of every day, many at a time."""
        director = self.staff["director"]
        body = {"name": "이의사", "department": "내과"}
        doctor = self.client.post(director, f"/v1/hospitals/{hospital}/doctors", body)["id"]
        path = f"/v1/doctors/{doctor}/schedule"
        self.client.done(director, "PUT", path, self.schedule(), If_Match="*")
        return doctor

    def schedule(self):
        hours = [{"weekday": day, "opens": "00:00", "closes": "23:59"} for day in EVERY_DAY]
        return {
            "from": day_of(self.now, 0), "slot_minutes": 15, "first_minutes": 30, "return_minutes": 15, "seats": 50, "hours": hours,
        }  # fmt: skip

    def start(self, days=None):
        """A start that is offered, of a day by chance or after so many days."""
        days = self.random.randrange(2, 200) if days is None else days
        hour = self.random.randrange(0, 23) if days else self.random.randrange(max(self.now.hour + 3, 12), 22)
        return f"{day_of(self.now, days)}T{hour:02}:{self.random.choice(['00', '15', '30', '45'])}:00+09:00"

    # ---- bookings and tickets

    def free(self, who):
        """Gives back what somebody has, so that limits do not end the run."""
        for ticket in self.client.get(who, "/v1/receptions?limit=20")["items"]:
            if ticket["status"] in ("booked", "arrived", "waitlist"):
                self.client.call(who, "POST", f"/v1/receptions/{ticket['id']}/cancel")
        for booking in self.client.get(who, "/v1/bookings?limit=50")["items"]:
            if booking["status"] in ("pending", "booked"):
                self.client.call(who, "POST", f"/v1/bookings/{booking['id']}/cancel")

    def request_of(self, who, path, body):
        """A command that is confirmed, if need be after what there is has been given back."""
        try:
            return self.client.post(who, path, body)
        except NotMade:
            self.free(who)
            return self.client.post(who, path, body)

    def booked(self, who, days=None):
        body = {"doctor_id": self.random.choice(self.doctors), "starts_at": self.start(days), "visit": "first"}
        return self.request_of(who, "/v1/bookings", body)

    def ticket(self, who, doctor):
        return self.request_of(who, "/v1/receptions", {"doctor_id": doctor})["outcome"]["ticket"]

    def arrival_code(self):
        return self.client.get(self.staff["receptionist"], f"/v1/hospitals/{self.main}/arrival-code")["code"]

    def step(self, doctor, ticket, step, **more):
        body = {"ticket_id": ticket["id"], "revision": ticket["revision"], "step": step, **more}
        return self.client.post(self.staff["receptionist"], f"/v1/lines/{doctor}/steps", body)
