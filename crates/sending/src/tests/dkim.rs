//! Signed mail.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use testkit::TestDb;
use testkit::smtp_sink::{Keep, SinkConfig};

use super::{World, sink};
use crate::dkim::{self, DkimKeyPatch, KeyAlgorithm, NewDkimKey, RecordState};

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

/// The DNS of a test: what a name holds; a name without an answer has trouble, one that is not named does not exist.
#[derive(Default)]
struct Zone(BTreeMap<String, Option<Vec<String>>>);

impl Zone {
    fn with(mut self, name: &str, texts: &[&str]) -> Self {
        let texts = texts.iter().map(|&text| text.to_owned()).collect();
        self.0.insert(name.to_owned(), Some(texts));
        self
    }
}

impl net::Texts for Zone {
    fn texts<'a>(&'a self, name: &'a str) -> net::TextLookup<'a> {
        Box::pin(async move {
            match self.0.get(name) {
                Some(Some(texts)) => Ok(texts.clone()),
                Some(None) => Err(io::Error::other("no answer")),
                None => Ok(Vec::new()),
            }
        })
    }
}

#[testkit::db_test]
async fn dns_is_asked_for_the_records_of_a_domain(db: TestDb) {
    use RecordState::{Missing, Ok, Unknown, Wrong};

    let mut world = World::new(&db).await;
    let new = key("mail.shop.example.com", "one", KeyAlgorithm::Ed25519);
    let made = dkim::create(&world.ctx, world.account, &world.actor, new)
        .await
        .unwrap();
    let name = "one._domainkey.mail.shop.example.com";
    let domain = "mail.shop.example.com";
    // As some services show it: in pieces with blanks, the tags in another order.
    let value = made.record.split("p=").nth(1).unwrap();
    let (front, back) = value.split_at(9);
    let spaced = format!("p={front} {back} ; k=ed25519;v=DKIM1");
    let spf = "v=spf1 include:relay.example -all";
    for (zone, states) in [
        (Zone::default(), [Missing, Missing, Missing]),
        (
            Zone::default()
                .with(name, &[&spaced])
                .with(domain, &["verification=1", spf])
                .with("_dmarc.shop.example.com", &["v=DMARC1; p=none"]),
            [Ok, Ok, Ok],
        ),
        (
            Zone::default()
                .with(name, &["v=DKIM1; k=ed25519; p="])
                .with(domain, &[spf, "v=spf1 -all"])
                .with(
                    "_dmarc.example.com",
                    &["v=DMARC1;p=none", "v=DMARC1;p=reject"],
                ),
            [Wrong, Wrong, Wrong],
        ),
        (
            Zone::default()
                .with(name, &[&made.record, "v=DKIM1; p=abc"])
                .with(domain, &["v=spf10 -all"])
                .with("_dmarc.com", &["v=DMARC1; p=none"]),
            [Wrong, Missing, Missing],
        ),
        (
            Zone(
                [name, domain, "_dmarc.mail.shop.example.com"]
                    .map(|name| (name.to_owned(), None))
                    .into(),
            ),
            [Unknown, Unknown, Unknown],
        ),
    ] {
        world.ctx.texts = Arc::new(zone);
        let found = dkim::check_dns(&world.ctx, world.account, made.id)
            .await
            .unwrap();
        let all: Vec<RecordState> = found.records.iter().map(|record| record.state).collect();
        assert_eq!(all, states, "{:?}", found.records);
        for record in &found.records {
            assert_eq!(record.advice.is_none(), record.state == Ok, "{record:?}");
        }
        assert_eq!(found.records[0].name, name);
    }
    // Another account's key is not there.
    let other = kernel::AccountId::from(1);
    assert!(dkim::check_dns(&world.ctx, other, made.id).await.is_err());
}

#[testkit::db_test]
async fn the_checklist_tells_when_receivers_cannot_check_the_signature(db: TestDb) {
    let mut world = World::new(&db).await;
    let new = key("example.com", "one", KeyAlgorithm::Ed25519);
    let made = dkim::create(&world.ctx, world.account, &world.actor, new)
        .await
        .unwrap();
    let id = world.draft().await;
    let mut told = async |is_active: bool, zone: Zone| {
        world.ctx.texts = Arc::new(zone);
        let patch = DkimKeyPatch { is_active };
        dkim::update(&world.ctx, world.account, &world.actor, made.id, patch)
            .await
            .unwrap();
        let list = crate::checklist::check(&world.ctx, world.account, id, true)
            .await
            .unwrap();
        let item = list
            .items
            .into_iter()
            .find(|item| item.code == "sender_record");
        item.map(|item| item.places)
    };
    let name = "one._domainkey.example.com";
    assert_eq!(
        told(true, Zone::default()).await,
        Some(vec![name.to_owned()])
    );
    assert_eq!(
        told(true, Zone::default().with(name, &["v=DKIM1; p=other"])).await,
        Some(vec![name.to_owned()])
    );
    assert_eq!(
        told(true, Zone::default().with(name, &[&made.record])).await,
        None
    );
    // Nothing is signed with it, which is told otherwise.
    assert_eq!(told(false, Zone::default()).await, None);
    // No name server answers.
    assert_eq!(
        told(true, Zone([(name.to_owned(), None)].into())).await,
        None
    );
}
