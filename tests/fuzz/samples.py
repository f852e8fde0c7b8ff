"""What each operation can be called with so that it succeeds: ids that are there, codes that hold, revisions as they are.

A sample is made anew for each call, since most calls use up what they are about. What an operation needs stands here under
its name; one without a line needs nothing but the ids that its path names.
"""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from client import Caller, NotMade
from world import PASSWORD, STAFF, day_of

# No body.
NOTHING = object()
# The functions below, by operation.
MADE = {}


@dataclass
class Sample:
    path: dict = field(default_factory=dict)
    query: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    body: Any = NOTHING
    # Who calls instead, where the call ends what the caller needs later.
    who: Caller | None = None
    # What is done once it has succeeded.
    after: Any = None


def sample(world, operation, who):
    """For a call by somebody. Raises `NotMade` where nothing can be made for them."""
    make = MADE.get(operation)
    # Nobody is tried with what is somebody's.
    owner = who if who.token else world.somebody()
    made = make(world, owner) if make else Sample()
    for name in re.findall(r"{(\w+)}", operation):
        if name not in made.path:
            made.path[name] = default(world, operation, name)
    return made


def default(world, operation, name):
    if "/hospitals/" in operation and name == "id":
        return world.main
    if name == "doctor" or "/doctors/" in operation and name == "id":
        return world.random.choice(world.doctors)
    raise NotMade(f"{operation} needs {name}")


def of(*operations):
    def keep(make):
        MADE.update({operation: make for operation in operations})
        return make

    return keep


def new_email():
    return f"new-{uuid.uuid4().hex[:12]}@fuzz.example"


# ---- accounts


def with_password(world, who):
    """The caller's account where it has a password, else one of somebody's."""
    return who if who.password else world.random.choice(world.signed_up)


def other_session(world, who):
    """A session of its own of the same account, which may end."""
    if not who.account:
        return who
    token = world.client.tokens("--account", who.account)[0]["token"]
    return Caller(who.role, token, who.account, who.patient, who.email, who.password)


@of("POST /v1/account/email-codes")
def email_codes(world, who):
    return Sample(body={"email": new_email(), "for": world.random.choice(["sign_up", "reset"])})


@of("POST /v1/account/sign-up")
def sign_up(world, who):
    email = new_email()
    body = {"email": email, "code": world.code(email, "sign_up"), "password": PASSWORD, "name": "홍길동"}
    body |= {"as": "patient", "birth_date": "1985-05-05", "consents": world.consents}
    return Sample(body=body)


@of("POST /v1/account/sign-in")
def sign_in(world, who):
    owner = with_password(world, who)
    return Sample(body={"email": owner.email, "password": owner.password})


@of("POST /v1/account/refresh")
def refresh(world, who):
    return Sample(body={"refresh_token": world.signed_in(with_password(world, who))["refresh_token"]})


@of("POST /v1/account/password-reset")
def password_reset(world, who):
    owner = with_password(world, who)
    return Sample(
        body={"email": owner.email, "code": world.code(owner.email, "reset"), "new_password": owner.password},
        after=lambda _: world.renew(owner),
    )


@of("POST /v1/account/password")
def password(world, who):
    owner = with_password(world, who)
    body = {"current_password": owner.password, "new_password": world.random.choice(["one more password", PASSWORD])}

    def changed(sent):
        owner.password = sent["new_password"]
        world.renew(owner)

    return Sample(body=body, who=other_session(world, owner), after=changed)


@of("POST /v1/account/sign-out")
def sign_out(world, who):
    everywhere = world.random.random() < 0.3
    return Sample(body={"everywhere": everywhere}, who=other_session(world, who), after=lambda _: world.renew(who))


@of("DELETE /v1/account")
def delete_account(world, who):
    if who.role != "patient":
        raise NotMade("staff are needed later")
    gone = world.sign_up("patient")
    return Sample(body={"password": gone.password}, who=gone)


@of("PATCH /v1/account")
def profile(world, who):
    return Sample(body={"name": "김철수", "phone": "010-1234-5678"})


@of("POST /v1/account/consents")
def consents(world, who):
    return Sample(body={"consents": [{"kind": "marketing", "version": 1}]})


@of("DELETE /v1/account/consents/{kind}")
def withdraw_consent(world, who):
    world.client.call(who, "POST", "/v1/account/consents", {"consents": [{"kind": "marketing", "version": 1}]})
    return Sample(path={"kind": "marketing"})


# ---- family


def child(world, who):
    people = world.client.get(who, "/v1/patients?limit=100")["items"]
    family = [one for one in people if not one["own"]]
    if len(family) > 6:
        for one in family:
            world.client.call(who, "DELETE", f"/v1/patients/{one['id']}")
    return world.client.post(who, "/v1/patients", {"name": "홍아이", "birth_date": "2010-05-05"})["id"]


@of("POST /v1/patients")
def add_child(world, who):
    made = child(world, who)
    world.client.call(who, "DELETE", f"/v1/patients/{made}")
    return Sample(body={"name": "홍둘째", "birth_date": "2012-05-05"})


@of("POST /v1/patients/codes")
def consent_code(world, who):
    return Sample(body={"email": new_email()})


@of("PATCH /v1/patients/{id}")
def edit_child(world, who):
    return Sample(path={"id": child(world, who)}, body={"name": "홍셋째"})


@of("DELETE /v1/patients/{id}", "POST /v1/patients/{id}/move-code")
def one_child(world, who):
    return Sample(path={"id": child(world, who)})


@of("POST /v1/patients/moves")
def move(world, who):
    owner = world.somebody()
    code = world.client.post(owner, f"/v1/patients/{child(world, owner)}/move-code")["code"]
    mover = world.somebody() if who.role == "patient" else who
    if mover is owner:
        raise NotMade("the same account")
    return Sample(body={"code": code}, who=mover)


# ---- what anybody reads


@of("GET /v1/doctors")
def doctors(world, who):
    return Sample(query={"hospital_id": world.main})


@of("GET /v1/hospitals")
def hospitals(world, who):
    return Sample(query={"q": "시험"})


@of("GET /v1/doctors/{id}/slots")
def slots(world, who):
    days = world.random.randrange(0, 60)
    query = {"from": day_of(world.now, days), "to": day_of(world.now, days + world.random.randrange(0, 7))}
    return Sample(query=query | {"visit": world.random.choice(["first", "return"])})


@of("GET /v1/hospitals/search")
def search(world, who):
    queries = [{"q": "시험 내과"}, {"q": "ㅅㅎㅂㅇ"}, {"sido": "서울"}, {"lat": 37.5, "lon": 127.0}, {"department": "내과"}]
    return Sample(query=world.random.choice(queries))


@of("GET /v1/suggest")
def suggest(world, who):
    return Sample(query={"q": world.random.choice(["시험", "내과", "ㅅㅎ", "sogk"])})


# ---- a patient's bookings and tickets


@of("POST /v1/bookings")
def book(world, who):
    world.free(who)
    body = {"doctor_id": world.random.choice(world.doctors), "starts_at": world.start(), "visit": "first"}
    return Sample(body=body | {"reason": "두통", "phone": "010-1234-5678"})


def kept(who, name, make):
    """Made once for a caller who only reads it."""
    if name not in who.kept:
        who.kept[name] = make()
    return who.kept[name]


@of("GET /v1/bookings/{id}")
def own_booking(world, who):
    return Sample(path={"id": kept(who, "booking", lambda: world.booked(who)["subject"]["booking_id"])})


@of("GET /v1/requests/{id}")
def own_request(world, who):
    return Sample(path={"id": kept(who, "request", lambda: world.booked(who)["id"])})


@of("POST /v1/bookings/{id}/cancel")
def cancel(world, who):
    return Sample(path={"id": world.booked(who)["subject"]["booking_id"]})


@of("POST /v1/bookings/{id}/reschedule")
def reschedule(world, who):
    return Sample(path={"id": world.booked(who)["subject"]["booking_id"]}, body={"starts_at": world.start()})


@of("POST /v1/bookings/{id}/arrive")
def booking_arrives(world, who):
    world.free(who)
    booking = world.booked(who, days=0)["subject"]["booking_id"]
    return Sample(path={"id": booking}, body={"code": world.arrival_code()})


def release_all(world, who):
    for held in world.client.get(who, "/v1/holds")["items"]:
        world.client.call(who, "POST", f"/v1/holds/{held['id']}/release")


@of("POST /v1/holds")
def hold(world, who):
    release_all(world, who)
    world.free(who)
    return Sample(body={"doctor_id": world.random.choice(world.doctors), "starts_at": world.start(), "visit": "first"})


@of("POST /v1/holds/{id}/book", "POST /v1/holds/{id}/release")
def own_hold(world, who):
    held = world.client.post(who, "/v1/holds", hold(world, who).body)
    return Sample(path={"id": held["subject"]["booking_id"]}, body={})


@of("POST /v1/receptions")
def take(world, who):
    world.free(who)
    body = world.random.choice([{"doctor_id": world.random.choice(world.doctors)}, {"hospital_id": world.main}])
    return Sample(body=body | {"reason": "두통"})


@of("GET /v1/receptions/{id}", "POST /v1/receptions/{id}/cancel")
def own_ticket(world, who):
    return Sample(path={"id": world.ticket(who, world.random.choice(world.doctors))["id"]})


@of("POST /v1/receptions/{id}/arrive")
def ticket_arrives(world, who):
    ticket = world.ticket(who, world.random.choice(world.doctors))
    return Sample(path={"id": ticket["id"]}, body={"code": world.arrival_code()})


@of("POST /v1/receptions/{id}/postpone")
def postpone(world, who):
    world.free(who)
    doctor = world.random.choice(world.doctors)
    return Sample(path={"id": world.ticket(who, doctor)["id"]})


# ---- the desk


def desk_code(world, owner):
    return world.client.post(owner, f"/v1/patients/{owner.patient}/desk-code")["code"]


@of("POST /v1/patients/{id}/desk-code")
def show_desk_code(world, who):
    return Sample(path={"id": who.patient})


@of("POST /v1/hospitals/{id}/patients/look-ups")
def look_up(world, who):
    return Sample(body={"code": desk_code(world, world.somebody())})


def caller_of_phone():
    name = "김" + "".join(chr(0xAC00 + uuid.uuid4().int % 11172) for _ in range(3))
    return {"name": name, "birth_date": "1970-02-03", "phone": "010-2345-6789"}


@of("POST /v1/hospitals/{id}/patients")
def enter_patient(world, who):
    return Sample(body=caller_of_phone())


def merged(world, who):
    """Somebody without an account, and somebody of an account whose code the desk was told."""
    # Of those who signed up, since only they have said when they were born.
    clerk, owner = world.staff["receptionist"], world.random.choice(world.signed_up)
    people = world.client.get(owner, "/v1/patients?limit=100")["items"]
    born = next(one["birth_date"] for one in people if one["id"] == owner.patient)
    body = caller_of_phone() | {"birth_date": born}
    entered = world.client.post(clerk, f"/v1/hospitals/{world.main}/patients", body)["id"]
    world.client.post(clerk, f"/v1/hospitals/{world.main}/patients/look-ups", {"code": desk_code(world, owner)})
    return entered, owner.patient


@of("POST /v1/hospitals/{id}/patients/{patient}/merge")
def merge(world, who):
    entered, into = merged(world, who)
    return Sample(path={"patient": entered}, body={"into": into})


@of("POST /v1/hospitals/{id}/patients/{patient}/unmerge")
def unmerge(world, who):
    entered, into = merged(world, who)
    path = f"/v1/hospitals/{world.main}/patients/{entered}/merge"
    world.client.post(world.staff["receptionist"], path, {"into": into})
    return Sample(path={"patient": entered}, body={})


@of("GET /v1/hospitals/{id}/bookings")
def day_list(world, who):
    return Sample(query={"day": day_of(world.now, world.random.randrange(0, 30)), "names": "true"})


@of("POST /v1/hospitals/{id}/bookings")
def desk_book(world, who):
    patient = world.somebody()
    world.free(patient)
    world.ticket(patient, world.doctors[0])
    body = {"patient_id": patient.patient, "doctor_id": world.random.choice(world.doctors), "starts_at": world.start()}
    return Sample(body=body | {"channel": "phone"})


@of("GET /v1/hospitals/{id}/bookings/{booking}")
def read_booking(world, who):
    booking = kept(world.nobody, "read", lambda: world.booked(world.somebody())["subject"]["booking_id"])
    return Sample(path={"booking": booking})


@of("POST /v1/hospitals/{id}/bookings/{booking}/steps")
def step_booking(world, who):
    booking = world.booked(world.somebody())["subject"]["booking_id"]
    return Sample(path={"booking": booking}, body={"revision": 1, "step": "cancel", "reason": "doctor_absent"})


@of("POST /v1/hospitals/{id}/bookings/{booking}/move")
def move_booking(world, who):
    booking = world.booked(world.somebody())["subject"]["booking_id"]
    return Sample(path={"booking": booking}, body={"revision": 1, "starts_at": world.start()})


@of("POST /v1/hospitals/{id}/bookings/{booking}/undo")
def undo_booking(world, who):
    booking = world.booked(world.somebody())["subject"]["booking_id"]
    path = f"/v1/hospitals/{world.main}/bookings/{booking}/steps"
    step = world.client.post(world.staff["receptionist"], path, {"revision": 1, "step": "cancel"})
    return Sample(path={"booking": booking}, body={"request_id": step["id"]})


@of("POST /v1/lines/{doctor}/arrivals")
def arrival(world, who):
    patient, doctor = world.somebody(), world.doctors[0]
    world.free(patient)
    body = {"doctor_id": doctor, "starts_at": world.start(0), "visit": "first"}
    booking = world.client.post(patient, "/v1/bookings", body)["subject"]["booking_id"]
    return Sample(path={"doctor": doctor}, body={"booking_id": booking, "identity_checked": True})


@of("POST /v1/lines/{doctor}/steps")
def step(world, who):
    doctor = world.random.choice(world.doctors)
    ticket = world.ticket(world.somebody(), doctor)
    body = {"ticket_id": ticket["id"], "revision": ticket["revision"]}
    if ticket["status"] == "booked":
        step = world.random.choice(["arrive", "cancel", "noshow"])
    else:
        step = "cancel"
    return Sample(path={"doctor": doctor}, body=body | {"step": step})


@of("POST /v1/lines/{doctor}/undo")
def undo(world, who):
    doctor, patient = world.random.choice(world.doctors), world.somebody()
    world.free(patient)
    ticket = world.ticket(patient, doctor)
    request = world.step(doctor, ticket, "arrive")["id"]
    return Sample(path={"doctor": doctor}, body={"ticket_id": ticket["id"], "request_id": request})


@of("POST /v1/lines/{doctor}/next")
def call_next(world, who):
    doctor = world.random.choice(world.doctors)
    world.client.post(world.staff["receptionist"], f"/v1/lines/{doctor}/tickets", {"name": "김손님"})
    line = world.client.get(world.staff["receptionist"], f"/v1/lines/{doctor}")["line"]
    body = {"after": line["last_called"], "calls": line["calls"]} if line.get("last_called") else {}
    return Sample(path={"doctor": doctor}, body=body)


@of("POST /v1/lines/{doctor}/reception")
def reception(world, who):
    bodies = [{"state": "open"}, {"state": "paused"}, {"state": "open", "cap": 50}, {"state": "open", "lift_cap": True}]
    return Sample(path={"doctor": world.desk_doctor}, body=world.random.choice(bodies))


@of("POST /v1/lines/{doctor}/tickets")
def walk_in(world, who):
    return Sample(body={"name": "김손님", "channel": world.random.choice(["desk", "phone"])})


@of("GET /v1/lines/{doctor}/tickets/{id}")
def read_ticket(world, who):
    doctor = world.doctors[0]
    ticket = kept(world.nobody, "ticket", lambda: world.ticket(world.somebody(), doctor))
    return Sample(path={"doctor": doctor, "id": ticket["id"]})


@of("POST /v1/hospitals/{id}/line-rule")
def line_rule(world, who):
    return Sample(path={"id": world.side}, body={"max_passed": world.random.randrange(1, 20)})


@of("POST /v1/hospitals/{id}/no-show-rule")
def no_show_rule(world, who):
    return Sample(path={"id": world.side}, body={"held_minutes": world.random.randrange(1, 240)})


@of("POST /v1/hospitals/{id}/no-show-lifts")
def lift(world, who):
    patient = world.somebody()
    world.free(patient)
    world.step(world.doctors[0], world.ticket(patient, world.doctors[0]), "noshow")
    return Sample(body={"patient_id": patient.patient})


# ---- closings


def closed_hours(world):
    """An hour of a day on which nobody books."""
    day, hour = day_of(world.now, world.random.randrange(210, 360)), world.random.randrange(0, 22)
    return {"first_day": day, "from": f"{hour:02}:00", "until": f"{hour + 1:02}:00", "reason": "leave"}


def opened(world, of_hospital):
    """The path of a closing that was just made, and what it closes."""
    whose = f"hospitals/{world.side}" if of_hospital else f"doctors/{world.edited_doctor}"
    made = world.client.post(world.staff["director"], f"/v1/{whose}/closings", closed_hours(world))
    return made["outcome"]["closing"]["id"]


def let_go(world, of_hospital):
    """Opens all but a few again: a hospital has so many at most."""
    if world.random.random() < 0.05:
        whose = f"hospitals/{world.side}" if of_hospital else f"doctors/{world.edited_doctor}"
        for one in world.client.get(world.staff["director"], f"/v1/{whose}/closings?limit=100")["items"][5:]:
            world.client.call(world.staff["director"], "DELETE", f"/v1/{whose}/closings/{one['id']}")


@of("POST /v1/doctors/{id}/closings")
def close_doctor(world, who):
    let_go(world, False)
    dry_run = {"dry_run": "true"} if world.random.random() < 0.3 else {}
    return Sample(path={"id": world.edited_doctor}, query=dry_run, body=closed_hours(world))


@of("POST /v1/hospitals/{id}/closings")
def close_hospital(world, who):
    let_go(world, True)
    dry_run = {"dry_run": "true"} if world.random.random() < 0.3 else {}
    return Sample(path={"id": world.side}, query=dry_run, body=closed_hours(world))


@of("GET /v1/doctors/{id}/closings/{closing}", "DELETE /v1/doctors/{id}/closings/{closing}")
def doctor_closing(world, who):
    return Sample(path={"id": world.edited_doctor, "closing": opened(world, False)})


@of("GET /v1/hospitals/{id}/closings/{closing}", "DELETE /v1/hospitals/{id}/closings/{closing}")
def hospital_closing(world, who):
    return Sample(path={"id": world.side, "closing": opened(world, True)})


# ---- what directors make


@of("POST /v1/hospitals")
def make_hospital(world, who):
    return Sample(body={"name": "새봄의원", "kind": "의원", "address": "서울특별시 강남구 1", "phone": "02-123-4567"})


@of("PATCH /v1/hospitals/{id}")
def edit_hospital(world, who):
    revision = world.client.etag(who, f"/v1/hospitals/{world.side}")
    return Sample(path={"id": world.side}, headers={"If-Match": revision}, body={"announcement": "휴진 안내"})


@of("DELETE /v1/hospitals/{id}")
def end_hospital(world, who):
    if who.role != "director":
        raise NotMade("nobody else may")
    hospital = world.hospital()
    claim = world.client.post(who, f"/v1/hospitals/{hospital}/claims", {"about": "원장 홍길동"})
    world.client.post(world.operator, f"/v1/claims/{claim['id']}/accept", {})
    return Sample(path={"id": hospital}, headers={"If-Match": "*"})


@of("POST /v1/hospitals/{id}/doctors")
def make_doctor(world, who):
    return Sample(path={"id": world.side}, body={"name": "박의사", "department": "내과"})


@of("PATCH /v1/doctors/{id}")
def edit_doctor(world, who):
    revision = world.client.etag(who, f"/v1/doctors/{world.edited_doctor}")
    return Sample(path={"id": world.edited_doctor}, headers={"If-Match": revision}, body={"name": "박의사"})


@of("DELETE /v1/doctors/{id}")
def end_doctor(world, who):
    return Sample(path={"id": world.doctor(world.side)}, headers={"If-Match": "*"})


@of("PUT /v1/doctors/{id}/schedule")
def set_schedule(world, who):
    path = f"/v1/doctors/{world.edited_doctor}/schedule"
    dry_run = {"dry_run": "true"} if world.random.random() < 0.3 else {}
    headers = {"If-Match": world.client.etag(who, path)}
    return Sample(path={"id": world.edited_doctor}, query=dry_run, headers=headers, body=world.schedule())


@of("GET /v1/doctors/{id}/schedule/conflicts")
def conflicts(world, who):
    return Sample(query={"from": day_of(world.now, world.random.randrange(0, 30))})


@of("PUT /v1/doctors/{id}/schedule/days/{day}")
def set_day(world, who):
    path = {"id": world.edited_doctor, "day": day_of(world.now, world.random.randrange(1, 200))}
    return Sample(path=path, headers={"If-Match": "*"}, body={"opens": "10:00", "closes": "12:00"})


@of("DELETE /v1/doctors/{id}/schedule/days/{day}")
def clear_day(world, who):
    made = set_day(world, who)
    path = f"/v1/doctors/{made.path['id']}/schedule/days/{made.path['day']}"
    world.client.done(world.staff["director"], "PUT", path, made.body, If_Match="*")
    return Sample(path=made.path, headers=made.headers)


# ---- who works where


def claimed(world, who):
    """A claim of the caller that is open, and who has made it: somebody with an e-mail address."""
    who = who if who.email and who.role != "operator" else world.random.choice(world.signed_up)
    open_claims(world, who)
    hospital = world.hospital()
    return who, world.client.post(who, f"/v1/hospitals/{hospital}/claims", {"about": "원장 홍길동"})["id"]


def open_claims(world, who):
    """Withdraws what is open: there are so many at most."""
    for one in world.client.get(who, "/v1/account/claims?limit=20")["items"]:
        if one["state"] == "open":
            world.client.call(who, "POST", f"/v1/claims/{one['id']}/withdraw")


@of("POST /v1/hospitals/{id}/claims")
def claim(world, who):
    who = who if who.email else world.random.choice(world.signed_up)
    open_claims(world, who)
    return Sample(path={"id": world.hospital()}, body={"about": "원장 홍길동"}, who=who)


@of("GET /v1/claims/{id}", "POST /v1/claims/{id}/withdraw")
def own_claim(world, who):
    owner, made = claimed(world, who)
    return Sample(path={"id": made}, who=owner if who.role != "operator" else who, after=lambda _: open_claims(world, owner))


@of("POST /v1/claims/{id}/accept")
def accept_claim(world, who):
    return Sample(path={"id": claimed(world, who)[1]}, body={"reason": "확인했습니다"})


@of("POST /v1/claims/{id}/refuse")
def refuse_claim(world, who):
    return Sample(path={"id": claimed(world, who)[1]}, body={"reason": "확인할 수 없습니다"})


def few_invitations(world):
    """Withdraws them: a hospital has so many at most."""
    director = world.staff["director"]
    for one in world.client.get(director, f"/v1/hospitals/{world.side}/invitations?limit=100")["items"]:
        world.client.call(director, "POST", f"/v1/hospitals/{world.side}/invitations/{one['id']}/withdraw")


@of("POST /v1/hospitals/{id}/invitations")
def invite(world, who):
    few_invitations(world)
    role = world.random.choice(["receptionist", "doctor"])
    return Sample(path={"id": world.side}, body={"email": new_email(), "role": role})


@of("POST /v1/hospitals/{id}/invitations/{invitation}/withdraw")
def withdraw_invitation(world, who):
    body = {"email": new_email(), "role": "receptionist"}
    made = world.client.post(world.staff["director"], f"/v1/hospitals/{world.side}/invitations", body)
    return Sample(path={"id": world.side, "invitation": made["id"]})


@of("POST /v1/invitations/accept")
def accept_invitation(world, who):
    who = who if who.email else world.random.choice(world.signed_up)
    hospital = world.elsewhere if who.role == "elsewhere" else world.side
    director = (world.others if hospital == world.elsewhere else world.staff)["director"]
    # A doctor stays no more than a doctor there: one who also sits at the desk may do what the desk may.
    role = "doctor" if who.role == "doctor" else "receptionist"
    return Sample(body={"code": world.invitation(director, hospital, who.email, role)}, who=who)


def employed(world, role):
    made = world.client.tokens("--role", role, "--hospital", world.side)[0]
    return Caller(role, made["token"], made["account_id"])


@of("POST /v1/hospitals/{id}/members/{account}/remove")
def remove_member(world, who):
    return Sample(path={"id": world.side, "account": employed(world, "receptionist").account}, body={"reason": "퇴사"})


@of("POST /v1/hospitals/{id}/leave")
def leave(world, who):
    if who.role not in STAFF:
        raise NotMade("works nowhere")
    return Sample(path={"id": world.side}, body={"reason": "퇴사"}, who=employed(world, who.role))
