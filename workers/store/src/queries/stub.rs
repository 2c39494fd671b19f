//! Operations whose bodies are being written.
use super::Backend;
use crate::{Result, *};
use model::*;
use std::time::Duration;
#[allow(unused_variables, clippy::unused_async)]
impl Backend {
    pub(crate) async fn accept(&self, upload: &UploadEvent, now: Moment) -> Result<bool> {
        todo!()
    }
    pub(crate) async fn fail(&self, failure: &ScanFailure, now: Moment) -> Result<bool> {
        todo!()
    }
    pub(crate) async fn uploads(&self, state: UploadState, limit: u32) -> Result<Vec<UploadRow>> {
        todo!()
    }
    pub(crate) async fn record(&self, event: &VerdictEvent, voice: &Voice, now: Moment) -> Result<Recorded> {
        todo!()
    }
    pub(crate) async fn attest(&self, attestation: &Attestation, now: Moment) -> Result<bool> {
        todo!()
    }
    pub(crate) async fn cases(&self, filter: &CaseFilter) -> Result<CasePage> {
        todo!()
    }
    pub(crate) async fn case(&self, case_id: i64) -> Result<Option<CaseDetail>> {
        todo!()
    }
    pub(crate) async fn latest(&self, before: Option<i64>, limit: u32) -> Result<Vec<VerdictRow>> {
        todo!()
    }
    pub(crate) async fn verdict(&self, verdict_id: i64) -> Result<Option<VerdictDetail>> {
        todo!()
    }
    pub(crate) async fn search(&self, text: &str, limit: u32) -> Result<Vec<VerdictRow>> {
        todo!()
    }
    pub(crate) async fn file(&self, project: &str, version: &str, filename: &str) -> Result<Option<FileRecord>> {
        todo!()
    }
    pub(crate) async fn by_digest(&self, sha256: &Digest) -> Result<Option<VerdictDetail>> {
        todo!()
    }
    pub(crate) async fn counts(&self, now: Moment) -> Result<Counts> {
        todo!()
    }
    pub(crate) async fn figures(&self) -> Result<Figures> {
        todo!()
    }
    pub(crate) async fn decide(
        &self,
        decision: &NewDecision,
        voice: &Voice,
        now: Moment,
    ) -> Result<Decided, DecideError> {
        todo!()
    }
    pub(crate) async fn create_login(
        &self,
        actor: &str,
        role: Role,
        lifetime: Duration,
        now: Moment,
    ) -> Result<String> {
        todo!()
    }
    pub(crate) async fn redeem_login(
        &self,
        token: &str,
        lifetime: Duration,
        now: Moment,
    ) -> Result<Option<NewSession>> {
        todo!()
    }
    pub(crate) async fn session(&self, secret: &str, idle: Duration, now: Moment) -> Result<Option<Session>> {
        todo!()
    }
    pub(crate) async fn end_session(&self, secret: &str) -> Result<bool> {
        todo!()
    }
    pub(crate) async fn forget_expired(&self, now: Moment) -> Result<u64> {
        todo!()
    }
    pub(crate) async fn audit(&self, entry: &AuditEntry, now: Moment) -> Result<AuditRow> {
        todo!()
    }
    pub(crate) async fn audit_rows(
        &self,
        subject: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>> {
        todo!()
    }
    pub(crate) async fn verify_audit(&self) -> Result<AuditReport> {
        todo!()
    }
    pub(crate) async fn claim_outbox(&self, limit: u32, lease: Duration, now: Moment) -> Result<Vec<OutboxRow>> {
        todo!()
    }
    pub(crate) async fn outbox_sent(&self, id: i64, now: Moment) -> Result<()> {
        todo!()
    }
    pub(crate) async fn outbox_failed(&self, id: i64, retry_at: Moment) -> Result<()> {
        todo!()
    }
    pub(crate) async fn prune_outbox(&self, before: Moment) -> Result<u64> {
        todo!()
    }
}
