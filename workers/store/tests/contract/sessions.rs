//! Who may look.

use std::sync::Arc;

use store::Role;

use crate::harness::{House, noon, seconds};

pub(crate) async fn a_login_token_works_once(house: Arc<House>) {
    let store = &house.store;
    let token = store.create_login("alice", Role::Moderator, seconds(600), noon()).await.unwrap();
    assert_eq!(token.len(), 64);
    assert_eq!(store.redeem_login("wrong", seconds(3600), noon()).await.unwrap(), None);
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (store, token) = (store.clone(), token.clone());
            tokio::spawn(async move { store.redeem_login(&token, seconds(3600), noon()).await.unwrap() })
        })
        .collect();
    let mut sessions = Vec::new();
    for attempt in tries {
        sessions.extend(attempt.await.unwrap());
    }
    assert_eq!(sessions.len(), 1, "eight tries at once, one session");
    let session = store.session(&sessions[0].secret, seconds(1800), noon()).await.unwrap().unwrap();
    assert_eq!(session, sessions[0].session);
    assert_eq!((session.actor.as_str(), session.role), ("alice", Role::Moderator));
    assert_ne!(session.csrf, sessions[0].secret);
    assert!(!format!("{:?}", sessions[0]).contains(&sessions[0].secret), "a secret is not for logs");

    let late = store.create_login("bob", Role::Viewer, seconds(600), noon()).await.unwrap();
    assert_eq!(store.redeem_login(&late, seconds(3600), noon().plus(seconds(600))).await.unwrap(), None);
    assert_eq!(store.audit_rows(Some("actor:alice"), None, 10).await.unwrap()[0].action, "session.opened");
}

pub(crate) async fn a_session_ends(house: Arc<House>) {
    let store = &house.store;
    let open = async || {
        let token = store.create_login("alice", Role::Admin, seconds(600), noon()).await.unwrap();
        store.redeem_login(&token, seconds(3600), noon()).await.unwrap().unwrap().secret
    };
    let idle = seconds(1800);
    let secret = open().await;
    assert!(store.session(&secret, idle, noon().plus(seconds(1801))).await.unwrap().is_none(), "it was idle");
    // Whoever is busy stays, up to the end.
    for at in [1000, 2000, 3599] {
        assert!(store.session(&secret, idle, noon().plus(seconds(at))).await.unwrap().is_some(), "{at}");
    }
    assert!(store.session(&secret, idle, noon().plus(seconds(3600))).await.unwrap().is_none(), "it has expired");
    let secret = open().await;
    assert!(store.end_session(&secret).await.unwrap());
    assert!(!store.end_session(&secret).await.unwrap());
    assert!(store.session(&secret, idle, noon()).await.unwrap().is_none());
    // One expired session and two used tokens.
    assert_eq!(store.forget_expired(noon().plus(seconds(4000))).await.unwrap(), 3);
}

pub(crate) async fn secrets_are_not_in_the_database(house: Arc<House>) {
    let store = &house.store;
    let token = store.create_login("alice", Role::Admin, seconds(600), noon()).await.unwrap();
    let session = store.redeem_login(&token, seconds(600), noon()).await.unwrap().unwrap();
    let mut texts = house.texts("SELECT hash || actor || role FROM login_token").await;
    texts.extend(house.texts("SELECT hash || actor || csrf FROM session").await);
    texts.extend(house.texts("SELECT actor || subject || detail FROM audit").await);
    assert_eq!(texts.len(), 3);
    for text in texts {
        assert!(!text.contains(&token) && !text.contains(&session.secret), "{text}");
    }
}
