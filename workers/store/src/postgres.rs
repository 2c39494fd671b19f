//! PostgreSQL: for a fleet.
use crate::Result;
#[path = "queries/stub.rs"]
mod stub;
#[derive(Clone, Debug)]
pub(crate) struct Backend;
impl Backend {
    pub(crate) async fn connect(_path: &str) -> Result<Self> {
        Ok(Self)
    }
    pub(crate) async fn migrate(&self) -> Result<()> {
        Ok(())
    }
    pub(crate) async fn ready(&self) -> Result<()> {
        Ok(())
    }
    pub(crate) async fn close(&self) {}
}
