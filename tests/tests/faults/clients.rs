//! All patients and desks: their sockets for the whole run, their requests round by round.

use platform::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

use crate::actions::ActionPicker;
use crate::client::{Client, Part};
use crate::closings::Closings;
use crate::fleet::Addresses;
use crate::held::Held;
use crate::in_tray::InTray;
use crate::journal::Journal;
use crate::lobby::Lobby;
use crate::settings::Settings;
use crate::socket_listeners::SocketListener;
use crate::stage::Stage;
use crate::wait::LIMIT;
use docde_tests::Chance;

/// How many patients.
pub const PATIENTS: usize = 24;
/// How many desks, each of which works at all hospitals: they meet in the same lines.
pub const CLERKS: usize = 4;
/// Above any wait that a server makes a client wait.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Everybody, at rest or at work.
pub struct Clients {
    resting: Vec<Client>,
    busy: JoinSet<Client>,
    stop: Arc<AtomicBool>,
    /// They end with the clients.
    _listeners: JoinSet<()>,
}

impl Clients {
    /// Everybody, listening.
    pub async fn gather(
        settings: &Settings,
        stage: &Stage,
        journal: &Arc<Journal>,
        addresses: &Addresses,
    ) -> Result<Self, Failure> {
        let actions = Arc::new(ActionPicker::new(
            &stage.doctors,
            stage.zone,
            &mut Chance::of(settings.seed, 1),
        ));
        let closings = Arc::new(Closings::default());
        let (lobby, in_tray) = (Arc::new(Lobby::default()), Arc::new(InTray::default()));
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(ANSWER_LIMIT)
            .build()?;
        let (mut resting, mut listeners, mut listening) = (Vec::new(), JoinSet::new(), Vec::new());
        let patients = stage.patients.iter().map(|one| (one, Part::Patient(Held::default())));
        let clerks = stage.clerks.iter().map(|one| (one, Part::Desk));
        for (index, (patient, part)) in patients.chain(clerks).enumerate() {
            let (listener, listens) = SocketListener::new(
                Arc::clone(journal),
                patient.clone(),
                addresses.notifiers.clone(),
            );
            listeners.spawn(listener.listen(index));
            listening.push(listens);
            resting.push(Client {
                journal: Arc::clone(journal),
                http: http.clone(),
                patient: patient.clone(),
                ingresses: addresses.ingresses.clone(),
                actions: Arc::clone(&actions),
                lobby: Arc::clone(&lobby),
                in_tray: Arc::clone(&in_tray),
                closings: Arc::clone(&closings),
                chance: Chance::of(settings.seed, 100 + index as u64),
                part,
            });
        }
        for mut listens in listening {
            tokio::time::timeout(LIMIT, listens.wait_for(|listens| *listens))
                .await
                .map_err(|_| "a socket did not open")??;
        }
        Ok(Self { resting, busy: JoinSet::new(), stop: Arc::default(), _listeners: listeners })
    }

    /// Everybody sends requests.
    pub fn go(&mut self) {
        self.stop = Arc::default();
        for client in self.resting.drain(..) {
            self.busy.spawn(client.run(Arc::clone(&self.stop)));
        }
    }

    /// Nobody begins anything more; false when somebody still had no outcome after the limit.
    pub async fn rest(&mut self) -> Result<bool, Failure> {
        self.stop.store(true, Ordering::Relaxed);
        let all = async {
            while let Some(client) = self.busy.join_next().await {
                self.resting.push(client?);
            }
            Ok::<_, Failure>(())
        };
        if let Ok(done) = tokio::time::timeout(LIMIT, all).await {
            return done.map(|()| true);
        }
        self.busy.abort_all();
        Ok(false)
    }
}
