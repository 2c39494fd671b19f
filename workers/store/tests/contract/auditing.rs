//! The audit log is append-only, and shows when it is not.

use std::sync::Arc;

use model::Outcome;
use store::{AuditEntry, AuditReport};

use crate::harness::{House, event, noon};

async fn write(house: &House, count: usize) {
    for number in 0..count {
        let entry = AuditEntry {
            actor: "alice".to_owned(),
            action: "case.opened".to_owned(),
            subject: format!("case:{}", number % 2),
            detail: serde_json::json!({ "number": number, "text": "naïve \"\0" }),
        };
        house.store.audit(&entry, noon()).await.unwrap();
    }
}

pub(crate) async fn the_chain_holds(house: Arc<House>) {
    let empty = house.store.verify_audit().await.unwrap();
    assert_eq!((empty.rows, empty.broken), (0, None));
    // More than one page of the walk.
    write(&house, 1003).await;
    let AuditReport { rows, head, broken } = house.store.verify_audit().await.unwrap();
    assert_eq!((rows, broken), (1003, None));
    let newest = house.store.audit_rows(None, None, 2).await.unwrap();
    assert_eq!(newest[0].hash, head);
    assert_eq!(newest[0].previous, newest[1].hash);
    let of_one = house.store.audit_rows(Some("case:1"), Some(100), 3).await.unwrap();
    assert_eq!(of_one.iter().map(|row| row.seq).collect::<Vec<_>>(), [98, 96, 94]);
}

pub(crate) async fn rows_cannot_be_changed_by_sql(house: Arc<House>) {
    write(&house, 3).await;
    let mut attempts = vec!["UPDATE audit SET actor = 'bob'", "DELETE FROM audit WHERE seq = 3"];
    if house.store.kind() == "postgres" {
        attempts.push("TRUNCATE audit");
    }
    for sql in attempts {
        let error = house.meddle(sql).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(house.store.verify_audit().await.unwrap().rows, 3);
}

pub(crate) async fn tampering_is_found(house: Arc<House>) {
    write(&house, 5).await;
    house.disarm().await;
    let broken_at = async |sql: &str, undo: &str| {
        assert_eq!(house.meddle(sql).await.unwrap(), 1, "{sql}");
        let (at, why) = house.store.verify_audit().await.unwrap().broken.unwrap_or_default();
        if !undo.is_empty() {
            house.meddle(undo).await.unwrap();
            assert_eq!(house.store.verify_audit().await.unwrap().broken, None, "{undo}");
        }
        (at, why)
    };
    for (change, undo) in [
        ("actor = 'bob'", "actor = 'alice'"),
        ("action = 'case.closed'", "action = 'case.opened'"),
        ("subject = 'case:7'", "subject = 'case:0'"),
        ("at = at + 1", "at = at - 1"),
        ("detail = detail || ' '", "detail = substr(detail, 1, length(detail) - 1)"),
    ] {
        let (at, why) = broken_at(
            &format!("UPDATE audit SET {change} WHERE seq = 3"),
            &format!("UPDATE audit SET {undo} WHERE seq = 3"),
        )
        .await;
        assert_eq!((at, why.as_str()), (3, "it is not what was written"), "{change}");
    }
    // A row that is sealed anew no longer fits the one after it.
    let resealed = "UPDATE audit SET actor = 'bob', hash = 'feed' WHERE seq = 3";
    assert_eq!(broken_at(resealed, "").await.0, 3);
    house.meddle("DELETE FROM audit WHERE seq = 3").await.unwrap();
    assert_eq!(house.store.verify_audit().await.unwrap().broken, Some((3, "the row is missing".to_owned())));

    // The newest rows are missing: only the head still knows of them.
    house.meddle("DELETE FROM audit WHERE seq > 2").await.unwrap();
    let (at, why) = house.store.verify_audit().await.unwrap().broken.unwrap();
    assert_eq!((at, why.as_str()), (3, "rows at the end are missing"));
    house.meddle("UPDATE audit_head SET seq = 2").await.unwrap();
    let (at, _) = house.store.verify_audit().await.unwrap().broken.unwrap();
    assert_eq!(at, 2, "the head is not the hash of row 2");
}

pub(crate) async fn writers_at_once_keep_one_chain(house: Arc<House>) {
    let other = store::Store::connect(&house.url).await.unwrap();
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let store = if number % 2 == 0 { house.store.clone() } else { other.clone() };
            tokio::spawn(async move {
                store.record(&event(&format!("pkg-{number}"), Outcome::Hold, 90.0), noon()).await.unwrap()
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let report = house.store.verify_audit().await.unwrap();
    assert_eq!((report.rows, report.broken), (20, None));
    other.close().await;
}
