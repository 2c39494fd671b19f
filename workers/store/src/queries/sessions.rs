//! Login tokens and sessions.

use std::time::Duration;

use sqlx::Row as _;

use super::rows::word;
use super::{Backend, audit};
use crate::session::{hash, secret};
use crate::text::column;
use crate::{AuditEntry, Moment, NewSession, Result, Role, Session};

impl Backend {
    pub(crate) async fn create_login(
        &self,
        actor: &str,
        role: Role,
        lifetime: Duration,
        now: Moment,
    ) -> Result<String> {
        let token = secret()?;
        let mut transaction = self.write().await?;
        sqlx::query("INSERT INTO login_token (hash, actor, role, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(hash(&token))
            .bind(column(actor).into_owned())
            .bind(role.as_str())
            .bind(now)
            .bind(now.plus(lifetime))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(token)
    }

    pub(crate) async fn redeem_login(
        &self,
        token: &str,
        lifetime: Duration,
        now: Moment,
    ) -> Result<Option<NewSession>> {
        let mut transaction = self.write().await?;
        let row = sqlx::query(
            "UPDATE login_token SET used_at = $1 WHERE hash = $2 AND used_at IS NULL AND expires_at > $1 \
             RETURNING actor, role",
        )
        .bind(now)
        .bind(hash(token))
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let session = Session {
            actor: row.try_get("actor")?,
            role: word(&row, "role", Role::parse)?,
            csrf: secret()?,
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(lifetime),
        };
        let cookie = secret()?;
        sqlx::query(
            "INSERT INTO session (hash, actor, role, csrf, created_at, last_seen_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $5, $6)",
        )
        .bind(hash(&cookie))
        .bind(&session.actor)
        .bind(session.role.as_str())
        .bind(&session.csrf)
        .bind(now)
        .bind(session.expires_at)
        .execute(&mut *transaction)
        .await?;
        let entry = AuditEntry {
            actor: session.actor.clone(),
            action: "session.opened".to_owned(),
            subject: format!("actor:{}", session.actor),
            detail: serde_json::json!({ "role": session.role, "expires_at": session.expires_at.to_string() }),
        };
        audit::append(&mut transaction, &entry, now).await?;
        transaction.commit().await?;
        Ok(Some(NewSession { secret: cookie, session }))
    }

    pub(crate) async fn session(&self, secret: &str, idle: Duration, now: Moment) -> Result<Option<Session>> {
        /// Notes that a session was seen at most this often: a page is not a reason to write.
        const EVERY: Duration = Duration::from_secs(60);
        let hash = hash(secret);
        let row = sqlx::query("SELECT * FROM session WHERE hash = $1 AND expires_at > $2 AND last_seen_at >= $3")
            .bind(&hash)
            .bind(now)
            .bind(now.minus(idle))
            .fetch_optional(self.reader())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let session = Session {
            actor: row.try_get("actor")?,
            role: word(&row, "role", Role::parse)?,
            csrf: row.try_get("csrf")?,
            created_at: row.try_get("created_at")?,
            last_seen_at: row.try_get("last_seen_at")?,
            expires_at: row.try_get("expires_at")?,
        };
        if session.last_seen_at.until(now) >= EVERY.min(idle / 2) {
            let mut transaction = self.write().await?;
            sqlx::query("UPDATE session SET last_seen_at = $1 WHERE hash = $2")
                .bind(now)
                .bind(&hash)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
        }
        Ok(Some(session))
    }

    pub(crate) async fn end_session(&self, secret: &str) -> Result<bool> {
        let mut transaction = self.write().await?;
        let result =
            sqlx::query("DELETE FROM session WHERE hash = $1").bind(hash(secret)).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(result.rows_affected() > 0)
    }

    pub(crate) async fn forget_expired(&self, now: Moment) -> Result<u64> {
        let mut transaction = self.write().await?;
        let sessions = sqlx::query("DELETE FROM session WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        let tokens = sqlx::query("DELETE FROM login_token WHERE expires_at <= $1")
            .bind(now)
            .execute(&mut *transaction)
            .await?
            .rows_affected();
        transaction.commit().await?;
        Ok(sessions + tokens)
    }
}
