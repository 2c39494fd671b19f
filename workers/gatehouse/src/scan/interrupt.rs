//! Ctrl-C: the run stops taking archives, what was judged is written, and the exit code says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that the first interrupt sets. Where it cannot be watched for, an interrupt ends the program at once.
pub(super) fn watch() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    let watching = move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            flag.store(true, Ordering::Relaxed);
        }
    };
    // Detached: it waits for something that usually never comes.
    let _ = std::thread::Builder::new().name("interrupt".to_owned()).stack_size(256 * 1024).spawn(watching);
    interrupted
}
