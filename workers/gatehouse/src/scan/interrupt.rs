//! Ctrl-C: the run stops taking archives, what was judged is written, and the exit code says so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use tokio::signal::unix::{SignalKind, signal};

/// A flag that the first interrupt sets. Where it cannot be watched for, an interrupt ends the program at once.
pub(super) fn watch() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    let (ready, watched) = mpsc::channel::<()>();
    let watching = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let Ok(mut interrupts) = signal(SignalKind::interrupt()) else { return };
            let _ = ready.send(());
            if interrupts.recv().await.is_some() {
                flag.store(true, Ordering::Relaxed);
            }
        });
    };
    // Detached: it waits for something that usually never comes.
    let _ = std::thread::Builder::new().name("interrupt".to_owned()).stack_size(256 * 1024).spawn(watching);
    // An interrupt that comes before the watch would end the program with a result half written. When the watch cannot
    // be set, the sender is dropped and this returns at once.
    let _ = watched.recv();
    interrupted
}
