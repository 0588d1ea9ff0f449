//! Signed mail.

use testkit::TestDb;
use testkit::smtp_sink::{Keep, SinkConfig};

use super::{World, sink};
use crate::dkim::{self, DkimKeyPatch, KeyAlgorithm, NewDkimKey};

fn key(domain: &str, selector: &str, algorithm: KeyAlgorithm) -> NewDkimKey {
    NewDkimKey {
        domain: domain.to_owned(),
        selector: Some(selector.to_owned()),
        algorithm,
        private_key: None,
    }
}

#[testkit::db_test]
async fn mail_is_signed_with_the_active_keys_of_its_domain(db: TestDb) {
    let world = World::new(&db).await;
    world.people(3).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    for (new, is_active) in [
        (key("example.com", "one", KeyAlgorithm::Rsa), true),
        (key("example.com", "two", KeyAlgorithm::Ed25519), true),
        (key("example.com", "three", KeyAlgorithm::Ed25519), false),
        (key("ample.com", "four", KeyAlgorithm::Ed25519), true),
    ] {
        let made = dkim::create(ctx, account, actor, new).await.unwrap();
        assert!(!made.is_active);
        let patch = DkimKeyPatch { is_active };
        dkim::update(ctx, account, actor, made.id, patch)
            .await
            .unwrap();
    }
    let again = dkim::create(
        ctx,
        account,
        actor,
        key("Example.com", "ONE", KeyAlgorithm::Ed25519),
    )
    .await;
    assert!(
        matches!(again, Err(kernel::Error::Conflict { .. })),
        "{again:?}"
    );
    let sink = sink(SinkConfig {
        keep: Keep::Data,
        ..SinkConfig::default()
    })
    .await;
    world.use_sink(&sink, 1).await;
    let id = world.draft().await;
    world.start(id).await;
    world.deliver().await;
    assert_eq!(sink.count(), 3);
    for one in sink.accepted() {
        let text = String::from_utf8(one.data.unwrap().to_vec()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        let flat: String = head.split_whitespace().collect();
        assert_eq!(flat.matches("DKIM-Signature:").count(), 2, "{head}");
        assert!(
            flat.starts_with(
                "DKIM-Signature:v=1;a=rsa-sha256;c=relaxed/relaxed;d=example.com;s=one;"
            )
        );
        assert!(flat.contains("a=ed25519-sha256;c=relaxed/relaxed;d=example.com;s=two;"));
        assert!(
            flat.contains("list-unsubscribe:list-unsubscribe-post:"),
            "{flat}"
        );
    }
    // What is stored is not the key.
    let keys = dkim::list(ctx, account).await.unwrap();
    let der = ctx
        .secrets
        .open(ctx::Purpose::DkimKey, &keys[0].secret)
        .unwrap();
    assert!(keys[0].secret.windows(der.len()).all(|part| part != der));
}

#[testkit::db_test]
async fn what_is_no_key_or_no_name_is_refused_by_field(db: TestDb) {
    let world = World::new(&db).await;
    let (ctx, account, actor) = (&world.ctx, world.account, &world.actor);
    let with = |change: fn(&mut NewDkimKey)| {
        let mut new = key("example.com", "s", KeyAlgorithm::Rsa);
        new.private_key =
            Some("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----".to_owned());
        change(&mut new);
        new
    };
    for (new, field) in [
        (with(|_| {}), "private_key"),
        (
            with(|new| new.private_key = Some("hunter2".to_owned())),
            "private_key",
        ),
        (with(|new| new.domain = "no domain".to_owned()), "domain"),
        (
            with(|new| new.selector = Some("a\r\nb".to_owned())),
            "selector",
        ),
        (
            with(|new| new.selector = Some("a;b".to_owned())),
            "selector",
        ),
        (with(|new| new.selector = Some(String::new())), "selector"),
    ] {
        let Err(kernel::Error::Invalid(faults)) = dkim::create(ctx, account, actor, new).await
        else {
            panic!("{field} is taken");
        };
        assert_eq!(faults[0].field, field);
    }
}
