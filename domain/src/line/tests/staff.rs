//! What the receptionist of the scene does.

use super::super::*;
use super::scene::Scene;
use crate::decision::Decision;
use crate::ids::TicketId;
use crate::people::{Channel, Role, Sender};
use crate::rejection::Rejection;
use crate::time;

impl Scene {
    /// The receptionist at the desk.
    pub(super) fn staff(&self) -> Sender {
        let (role, channel) = (Role::Receptionist, Channel::Desk);
        Sender { caller: self.clerk, for_account: self.clerk, role, channel }
    }

    /// A receptionist's command about the ticket, as it stands now.
    pub(super) fn step(&mut self, ticket: &Ticket, step: Step) -> Result<Ticket, Rejection> {
        let revision = self.tickets[&ticket.id].revision;
        self.step_at(ticket, step, revision)
    }

    pub(super) fn step_at(
        &mut self,
        ticket: &Ticket,
        step: Step,
        revision: u32,
    ) -> Result<Ticket, Rejection> {
        let (ticket_id, doctor_id) = (ticket.id, ticket.doctor_id);
        let reason = (step == Step::Urgent).then_some(Reason::Emergency);
        let revision = Some(revision);
        self.send(self.staff(), StepTicket { ticket_id, doctor_id, revision, step, reason })
    }

    /// Calls the next one after whoever was called last.
    pub(super) fn next(&mut self) -> Result<Ticket, Rejection> {
        let after = self.days.get(&self.today()).and_then(|day| day.last_called);
        self.next_after(after)
    }

    pub(super) fn next_after(&mut self, after: Option<TicketId>) -> Result<Ticket, Rejection> {
        let doctor_id = self.doctor;
        self.send(self.staff(), CallNext { doctor_id, after, calls: None })
    }

    /// A press that says how many calls it has seen.
    pub(super) fn press(
        &mut self,
        after: Option<TicketId>,
        calls: u32,
    ) -> Result<Ticket, Rejection> {
        let (doctor_id, calls) = (self.doctor, Some(calls));
        self.send(self.staff(), CallNext { doctor_id, after, calls })
    }

    /// Takes the last command back.
    pub(super) fn undo(&mut self, ticket: &Ticket) -> Result<Ticket, Rejection> {
        let (ticket_id, doctor_id) = (ticket.id, ticket.doctor_id);
        let undone = self.last.unwrap();
        self.send(self.staff(), UndoStep { ticket_id, doctor_id, undone })
    }

    pub(super) fn set(&mut self, reception: Reception) -> Decision {
        let doctor_id = self.doctor;
        self.decide(&self.command(self.staff(), SetReception { doctor_id, reception, cap: None }))
    }

    /// Numbers of those who wait, first to last.
    pub(super) fn order(&self) -> Vec<u32> {
        let today = self.today();
        let tickets = self.tickets.values().filter(|t| (t.doctor_id, t.day) == today).cloned();
        let line = Line::new(LineDay::default(), tickets);
        line.waiting().iter().map(|ticket| ticket.number).collect()
    }

    /// Tickets of so many accounts, taken a minute apart and all there.
    pub(super) fn crowd(&mut self, count: usize) -> Vec<Ticket> {
        let mut tickets = Vec::new();
        for _ in 0..count {
            let account = self.account();
            let ticket = self.take(account).unwrap();
            tickets.push(self.step(&ticket, Step::Arrive).unwrap());
            self.now += time::minutes(1);
        }
        tickets
    }
}
