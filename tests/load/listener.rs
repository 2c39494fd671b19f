//! The index's ear: when the verdict on each upload was told. It is told after it was stored.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Instant,
};

use queue::{Lane, Outcome, Queue};

#[derive(Clone)]
pub(crate) struct Listener {
    told: Arc<Mutex<HashMap<String, Instant>>>,
}

impl Listener {
    pub(crate) async fn start(queue: &Queue) -> Self {
        let listener = Self { told: Arc::default() };
        let mut decisions = queue.consume(Lane::Decisions, 200).await.unwrap();
        let told = Arc::clone(&listener.told);
        tokio::spawn(async move {
            while let Some(delivery) = decisions.next().await {
                let now = Instant::now();
                let body: serde_json::Value = serde_json::from_slice(&delivery.body).unwrap();
                let id = body["data"]["upload_id"].as_str().unwrap().to_owned();
                told.lock().unwrap().entry(id).or_insert(now);
                delivery.settle(Outcome::Done).await.unwrap();
            }
        });
        listener
    }

    /// When the verdict on this upload was heard.
    pub(crate) fn heard(&self, id: &str) -> Option<Instant> {
        self.told.lock().unwrap().get(id).copied()
    }

    pub(crate) fn count(&self) -> usize {
        self.told.lock().unwrap().len()
    }
}
