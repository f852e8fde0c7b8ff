//! Who is told what (invariants 5 and 9): what staff do to a patient's booking is told to both accounts, to each with a
//! document of its own, on an open socket, after a resume and in a snapshot.

use docde_tests::{Patient, Socket, World};
use domain::booking::Cancel;
use domain::command::Command;
use domain::ids::BookingId;
use domain::people::{Channel, Role, Sender};
use serde_json::Value;
use std::time::Duration;

use crate::by_hand::{self, DirectBroker};
use crate::loads::{ask, busy_doctor, spine};

/// A receptionist's command to cancel the booking.
fn cancel(
    world: &World,
    clerk: &Patient,
    patient: &Patient,
    doctor: &docde_tests::Doctor,
    booking: &Value,
) -> Command {
    let booking_id: BookingId = booking["id"].as_str().expect("an id").parse().expect("an id");
    let sender = Sender {
        caller: clerk.account,
        for_account: patient.account,
        role: Role::Receptionist,
        channel: Channel::Desk,
    };
    by_hand::command(world, sender, doctor, Cancel { booking_id, doctor_id: doctor.id })
}

#[tokio::test]
async fn what_staff_do_is_told_to_both_accounts_each_with_its_own_document() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctor, patient, clerk) =
        (busy_doctor(&world, 0).await, world.patient().await, world.patient().await);
    let mut of_patient = Socket::open(&spine.notifier, &patient, None).await;
    let mut of_clerk = Socket::open(&spine.notifier, &clerk, None).await;
    let mut hand = DirectBroker::open(&world).await;
    ask(&world, &spine.ingress, &patient, &doctor, 0).await;
    let booked = of_patient.outcome().await;
    let (cursor, booking) = (of_patient.cursor.clone(), &booked["request"]["outcome"]["booking"]);

    // Not a member yet: there is no such booking for them, and nobody else hears of it.
    let refused = cancel(&world, &clerk, &patient, &doctor, booking);
    hand.send_one(&refused, &doctor).await;
    let told = of_clerk.outcome().await;
    assert_eq!(told["request"]["outcome"]["code"], "NOT_FOUND", "{told}");

    world.employ(&clerk, doctor.hospital, "receptionist").await;
    let command = cancel(&world, &clerk, &patient, &doctor, booking);
    hand.send_one(&command, &doctor).await;
    let told = of_clerk.outcome().await;
    assert_eq!(told["request"]["id"], command.request_id.to_string());
    assert_eq!(told["request"]["outcome"]["booking"]["status"], "cancelled", "{told}");

    let notice = of_patient.next().await.expect("a notice");
    is_notice(&notice, booking, &command);
    let mut back = Socket::open(&spine.notifier, &patient, Some(&cursor)).await;
    assert_eq!(back.next().await.expect("a frame")["code"], "CONNECTED");
    is_notice(&back.next().await.expect("the notice again"), booking, &command);
    let path = format!("/v1/requests/{}", command.request_id);
    assert_eq!(world.get(&spine.ingress, &patient, &path).await.status, 404, "the clerk's request");
    assert_eq!(world.get(&spine.ingress, &clerk, &path).await.status, 200);

    // Older events are gone: a snapshot shows the patient's own things alone.
    by_hand::keep_from(&world, 3).await;
    let start = domain::cursor::Cursor::start(docde_tests::world::PARTITIONS).encode();
    let mut back = Socket::open(&spine.notifier, &patient, Some(&start)).await;
    let snapshot = back.next().await.expect("a snapshot");
    assert_eq!(snapshot["type"], "resync", "{snapshot}");
    let clerks = command.request_id.to_string();
    assert!(!snapshot.to_string().contains(&clerks), "{snapshot}");
    assert!(back.within(Duration::from_millis(200)).await.is_empty());
    world.finish_red(&["kept_long_enough"]).await;
}

fn is_notice(frame: &Value, booking: &Value, command: &Command) {
    assert_eq!((&frame["type"], &frame["code"]), (&"notice".into(), &"BOOKING_CANCELLED".into()));
    assert_eq!(frame["booking"]["id"], booking["id"], "{frame}");
    assert!(frame.get("request").is_none(), "{frame}");
    assert!(!frame.to_string().contains(&command.request_id.to_string()), "{frame}");
}

/// A booking made by staff is its patient's: in lists, and to give back.
#[tokio::test]
async fn a_booking_follows_its_patient_and_not_who_made_it() {
    let world = World::new().await;
    let spine = spine(&world).await;
    let (doctor, patient, clerk) =
        (busy_doctor(&world, 1).await, world.patient().await, world.patient().await);
    world.employ(&clerk, doctor.hospital, "receptionist").await;
    let mut of_clerk = Socket::open(&spine.notifier, &clerk, None).await;
    let mut hand = DirectBroker::open(&world).await;
    let own = by_hand::book(&world, &patient, &doctor, crate::loads::slot(&world, &doctor, 0));
    let (role, channel) = (Role::Receptionist, Channel::Phone);
    let sender = Sender { caller: clerk.account, role, channel, ..own.sender };
    hand.send_one(&Command { sender, ..own }, &doctor).await;
    let told = of_clerk.outcome().await;
    let id = told["request"]["outcome"]["booking"]["id"].as_str().expect("confirmed").to_owned();
    let listed = async |of: &Patient| {
        let list = world.get(&spine.ingress, of, "/v1/bookings").await;
        list.json["items"].as_array().expect("items").len()
    };
    assert_eq!((listed(&patient).await, listed(&clerk).await), (1, 0));
    let booking = id.parse().expect("an id");
    let foreign = world.cancel(&spine.ingress, &clerk, booking, &docde_tests::api::key()).await;
    assert_eq!(foreign.status, 404, "{}", foreign.text);
    let given_back =
        world.cancel(&spine.ingress, &patient, booking, &docde_tests::api::key()).await;
    assert_eq!(given_back.status, 200, "{}", given_back.text);
    world.finish().await;
}
