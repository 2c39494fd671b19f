//! Running: the runtime, the signals, and roles that live and end together.

use std::{future::Future, time::Duration};

use queue::Queue;
use store::Store;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{complaint::Complaint, exit, pulse::Beating};

/// What a role has in hand when it is told to stop is finished within this time, or left: it comes back to somebody else.
/// A broker that is short of memory takes no publish, and a role that waited for it would wait until it is killed.
const DRAIN: Duration = Duration::from_secs(30);
/// Connections that are not closed by then end with the process.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// Says when to stop.
pub(crate) type Stop = watch::Receiver<bool>;

/// Runs a program of roles to its end. SIGTERM and SIGINT ask it to finish; a second one ends it at once.
pub(crate) fn to_the_end<F>(program: impl FnOnce(Stop) -> F) -> Result<u8, Complaint>
where
    F: Future<Output = Result<(), Complaint>>,
{
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let stop = on_signals()?;
        program(stop).await
    });
    // Blocking threads that still examine are ended with their children: nothing waits for them.
    runtime.shutdown_background();
    ended.map(|()| exit::OK)
}

/// Runs a role from its start to its end. Signals count from the first moment: one that is told to stop while it starts
/// (compiles its rules, waits for a broker) has nothing in hand, and ends at once.
///
/// `start` begins no work before all that it waits for is there.
pub(crate) fn role<F>(start: impl FnOnce(Stop) -> F) -> Result<u8, Complaint>
where
    F: Future<Output = Result<Started, Complaint>>,
{
    to_the_end(async |stop| {
        let mut told = stop.clone();
        let started = tokio::select! {
            started = start(stop) => started?,
            _ = told.wait_for(|stop| *stop) => return Ok(()),
        };
        started.finish().await
    })
}

/// What takes its time and cannot be asked to wait: done beside the signals, and left behind when one comes.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Complaint> + Send + 'static,
) -> Result<T, Complaint> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Complaint::new("the start ended").because(error)))
}

/// What runs when a role has started.
pub(crate) struct Started {
    pub(crate) roles: Roles,
    pub(crate) beating: Beating,
    pub(crate) queue: Queue,
    /// Most roles hold none.
    pub(crate) store: Option<Store>,
}

impl Started {
    /// Waits for the roles to end, says so, and ends the connections.
    async fn finish(self) -> Result<(), Complaint> {
        let ended = self.roles.finish().await;
        self.beating.end().await;
        close(&self.queue, self.store.as_ref()).await;
        ended
    }
}

fn on_signals() -> std::io::Result<Stop> {
    let (sender, stop) = watch::channel(false);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        let mut told = false;
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if told {
                std::process::exit(130);
            }
            told = true;
            tracing::info!("finishing what is under way; a second signal ends at once");
            let _ = sender.send(true);
        }
    });
    Ok(stop)
}

/// Ends the connections. What was not settled comes back.
pub(crate) async fn close(queue: &Queue, store: Option<&Store>) {
    let closing = async {
        queue.close().await;
        if let Some(store) = store {
            store.close().await;
        }
    };
    if timeout(CLOSE_WITHIN, closing).await.is_err() {
        tracing::warn!("broker or database do not answer: left without a farewell");
    }
}

/// Roles in one process. When one ends unasked, all end: a pipeline with a missing part must not look alive.
pub(crate) struct Roles {
    stop: Stop,
    drain: Duration,
    halt: watch::Sender<bool>,
    tasks: JoinSet<(&'static str, Result<(), Complaint>)>,
}

impl Roles {
    pub(crate) fn new(stop: Stop) -> Self {
        Self { stop, drain: DRAIN, halt: watch::channel(false).0, tasks: JoinSet::new() }
    }

    /// For a role that takes a time of its own to finish, and a moment to give the rest back.
    pub(crate) fn draining(mut self, drain: Duration) -> Self {
        self.drain = DRAIN.max(drain + CLOSE_WITHIN);
        self
    }

    /// What a role listens to: the signals, or another role's end.
    pub(crate) fn stop(&self) -> Stop {
        self.halt.subscribe()
    }

    pub(crate) fn start<F, E>(&mut self, name: &'static str, role: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<anyhow::Error>,
    {
        self.tasks.spawn(async move {
            let ended = role.await.map_err(|error| {
                let error: anyhow::Error = error.into();
                Complaint::from(error.context(format!("the {name} ended")))
            });
            (name, ended)
        });
    }

    /// Waits for the end of all. An error is the first role's that ended unasked.
    pub(crate) async fn finish(mut self) -> Result<(), Complaint> {
        let mut result = Ok(());
        let mut asked = false;
        let mut halted = self.halt.subscribe();
        let drain = self.drain;
        let overdue = async move {
            let _ = halted.wait_for(|halted| *halted).await;
            sleep(drain).await;
        };
        tokio::pin!(overdue);
        loop {
            tokio::select! {
                stopped = self.stop.wait_for(|stop| *stop), if !asked => {
                    let _ = stopped;
                    asked = true;
                    self.halt.send_replace(true);
                }
                () = &mut overdue => {
                    tracing::warn!(roles = self.tasks.len(), "left what could not be finished in time: it comes back");
                    self.tasks.shutdown().await;
                    return result;
                }
                ended = self.tasks.join_next() => {
                    let Some(ended) = ended else { return result };
                    let (name, ended) = ended.unwrap_or_else(|error| {
                        ("role", Err(Complaint::new("a role ended").because(error)))
                    });
                    tracing::info!(role = name, "ended");
                    let unasked = !asked;
                    if result.is_ok() {
                        result = match ended {
                            Ok(()) if unasked => Err(Complaint::new(format!("the {name} ended by itself"))
                                .because("the queue was closed, or its broker stayed away")),
                            ended => ended,
                        };
                    }
                    asked = true;
                    self.halt.send_replace(true);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped_by(stop: Stop) -> impl Future<Output = anyhow::Result<()>> {
        let mut stop = stop;
        async move {
            stop.wait_for(|stop| *stop).await?;
            Ok(())
        }
    }

    #[tokio::test]
    async fn all_roles_end_when_asked_to() {
        let (sender, stop) = watch::channel(false);
        let mut roles = Roles::new(stop);
        roles.start("one", stopped_by(roles.stop()));
        roles.start("two", stopped_by(roles.stop()));
        sender.send(true).unwrap();
        assert!(roles.finish().await.is_ok());
    }

    #[tokio::test]
    async fn one_that_cannot_finish_is_left_in_time() {
        let (sender, stop) = watch::channel(false);
        let mut roles = Roles { drain: Duration::from_millis(10), ..Roles::new(stop) };
        let held = std::sync::Arc::new(());
        let holding = std::sync::Arc::clone(&held);
        roles.start("one", stopped_by(roles.stop()));
        roles.start("signer", async move {
            // A publish that the broker does not take.
            std::future::pending::<()>().await;
            drop(holding);
            anyhow::Ok(())
        });
        sender.send(true).unwrap();
        assert!(roles.finish().await.is_ok(), "it was asked to");
        assert_eq!(std::sync::Arc::strong_count(&held), 1, "and what it held was let go");
    }

    #[test]
    fn a_role_with_a_time_of_its_own_has_a_moment_more() {
        let drain =
            |seconds| Roles::new(watch::channel(false).1).draining(Duration::from_secs(seconds)).drain.as_secs();
        assert_eq!((drain(1), drain(25), drain(120)), (30, 30, 125));
    }

    #[tokio::test]
    async fn one_that_ends_unasked_ends_all_and_is_named() {
        let (_sender, stop) = watch::channel(false);
        let mut roles = Roles::new(stop);
        roles.start("one", stopped_by(roles.stop()));
        roles.start("signer", async { Err::<(), _>(anyhow::anyhow!("no key")) });
        let said = roles.finish().await.unwrap_err().to_string();
        assert!(said.contains("the signer ended") && said.contains("no key"), "{said}");
    }
}
