//! What can go wrong with a queue. No message holds a URL's password.

use lapin::protocol::{AMQPErrorKind, AMQPSoftError};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Url(String),
    #[error("a message is at most {limit} bytes, this has {size}")]
    TooLarge { size: usize, limit: usize },
    #[error("the body cannot be written as JSON: {0}")]
    Body(String),
    /// The broker could not be reached, or said no.
    #[error("broker: {0}")]
    Broker(String),
    /// The account or its password is wrong, or it has no right to this virtual host.
    #[error("the broker refused us: {0}")]
    Refused(String),
    /// Nothing is bound to take the message. It was not kept.
    #[error("no queue takes messages of `{0}`: run `gatehouse queue declare`")]
    Unroutable(String),
    /// The broker did not confirm in time. The message may be kept or not: send it again under the same id.
    #[error("the broker did not confirm within {0} s")]
    Unconfirmed(u64),
    /// The connection the delivery came on is gone; the message comes back.
    #[error("the delivery is stale: its connection is gone and the message comes back")]
    Stale,
    #[error("queue file: {0}")]
    Storage(String),
    #[error("queue file {0} is in use by another process")]
    InUse(String),
    #[error("the queue is closed")]
    Closed,
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolClosed => Self::Closed,
            other => Self::Storage(other.to_string()),
        }
    }
}

impl From<lapin::Error> for Error {
    fn from(error: lapin::Error) -> Self {
        match error.kind() {
            lapin::ErrorKind::ProtocolError(refusal)
                if *refusal.kind() == AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) =>
            {
                Self::Refused(refusal.get_message().to_string())
            }
            _ => Self::Broker(error.to_string()),
        }
    }
}
