//! The baseline's pool: a fixed number of connections that are handed out as they are. (sqlx's own pool asks the
//! server whether a connection still lives each time it is given back: one round trip in seven.)

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::{ConnectOptions, Connection};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Variant;

/// Connections at the variant's isolation level.
#[derive(Debug)]
pub struct Connections {
    options: MySqlConnectOptions,
    isolation: &'static str,
    free: Mutex<Vec<MySqlConnection>>,
    permits: Semaphore,
}

/// One of them, lent.
#[derive(Debug)]
pub struct Lent<'c> {
    connection: Option<MySqlConnection>,
    home: &'c Connections,
    _permit: SemaphorePermit<'c>,
}

impl Connections {
    /// All of them opened before the first request.
    pub async fn open(url: &str, size: u32, variant: Variant) -> Result<Self, sqlx::Error> {
        let isolation = match variant {
            Variant::Serializable => "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            Variant::ReadCommitted | Variant::ReadFirst => {
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
            }
        };
        let options = MySqlConnectOptions::from_str(url)?.statement_cache_capacity(256);
        let permits = Semaphore::new(usize::try_from(size).unwrap_or(1));
        let connections = Self { options, isolation, free: Mutex::default(), permits };
        let mut warm = Vec::new();
        for _ in 0..size {
            warm.push(connections.lend().await?);
        }
        drop(warm);
        Ok(connections)
    }

    /// Waits for a free one; opens one in the place of a broken one.
    pub async fn lend(&self) -> Result<Lent<'_>, sqlx::Error> {
        let permit = self.permits.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = if let Some(connection) = free {
            connection
        } else {
            let mut connection = self.options.connect().await?;
            sqlx::query(self.isolation).execute(&mut connection).await?;
            connection
        };
        Ok(Lent { connection: Some(connection), home: self, _permit: permit })
    }
}

impl Lent<'_> {
    /// The connection itself.
    pub fn get(&mut self) -> Result<&mut MySqlConnection, sqlx::Error> {
        self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Not to be lent again.
    pub async fn discard(mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = connection.close_hard().await;
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.home.free.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
