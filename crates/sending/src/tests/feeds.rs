//! Feeds on both engines, against a real HTTP server that says what it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use content::{Body, Document};
use testkit::TestDb;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::World;
use crate::campaigns::{self, CampaignId, CampaignPatch};
use crate::feeds::{self, Feed, FeedMode, FeedPatch, FeedState, NewFeed};
use crate::series::{Every, Rule};

/// What the server answers with: a status and items, and how often it was asked.
#[derive(Default)]
struct Says {
    status: u16,
    items: Vec<String>,
    asked: usize,
    /// The last request.
    request: String,
}

/// A web server with a feed; its address.
async fn publisher() -> (String, Arc<Mutex<Says>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/feed.xml", listener.local_addr().unwrap());
    let says = Arc::new(Mutex::new(Says {
        status: 200,
        ..Says::default()
    }));
    let theirs = says.clone();
    #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let answer = {
                let mut says = theirs.lock().unwrap();
                says.asked += 1;
                says.request = String::from_utf8_lossy(&request[..read]).to_lowercase();
                let items: String = says
                    .items
                    .iter()
                    .map(|name| {
                        format!(
                            "<item><title>{name}</title><link>https://blog.example/{name}</link><guid>{name}</guid></item>"
                        )
                    })
                    .collect();
                let body = format!(
                    "<rss version=\"2.0\"><channel><title>Blog</title><link>https://blog.example/</link>{items}</channel></rss>"
                );
                let status = says.status;
                format!(
                    "HTTP/1.1 {status} X\r\netag: \"{}\"\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    says.items.len(),
                    body.len()
                )
            };
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (url, says)
}

struct Blog {
    world: World,
    says: Arc<Mutex<Says>>,
    feed: Feed,
    db: TestDb,
}

impl Blog {
    async fn new(db: TestDb, mode: FeedMode, rule: Option<Rule>) -> Self {
        let mut ctx = db.ctx();
        ctx.http = net::Client::new(net::Guard::allowing(["127.0.0.0/8".parse().unwrap()]));
        let world = World::on(ctx).await;
        world.people(2).await;
        let (url, says) = publisher().await;
        let draft = world.draft().await;
        let patch = CampaignPatch {
            content: Some(Document {
                subject: "{{ item.title }} of {{ feed.title }}".to_owned(),
                preheader: None,
                body: Body::Html {
                    html: "<p>{% for one in items %}<b>{{ one.title }}</b>{% endfor %}</p>\
                           <a href=\"{{ item.link }}\">Read</a>"
                        .to_owned(),
                    text: None,
                },
            }),
            ..CampaignPatch::default()
        };
        campaigns::update(&world.ctx, world.account, &world.actor, draft, None, patch)
            .await
            .unwrap();
        says.lock().unwrap().items = vec!["old".to_owned()];
        let new = NewFeed {
            name: "Blog".to_owned(),
            url,
            campaign_id: draft,
            mode,
            rule,
            time_zone: Some(kernel::TimeZone::utc()),
            every_minutes: Some(60),
            most_items: Some(2),
        };
        let feed = feeds::create(&world.ctx, world.account, &world.actor, new)
            .await
            .unwrap();
        Self {
            world,
            says,
            feed,
            db,
        }
    }

    fn publish(&self, items: &[&str]) {
        // The newest comes first.
        let mut says = self.says.lock().unwrap();
        for item in items {
            says.items.insert(0, (*item).to_owned());
        }
    }

    async fn look(&self, after: Duration) {
        self.db.clock().advance(after);
        feeds::run_due(&self.world.ctx).await.unwrap();
        self.world.run_jobs().await;
        self.world.deliver().await;
    }

    async fn now(&self) -> Feed {
        feeds::get(&self.world.ctx, self.world.account, self.feed.id)
            .await
            .unwrap()
    }

    /// The mails of the sandbox inbox: subject and HTML, oldest first.
    async fn mails(&self) -> Vec<(String, String)> {
        let mut tx = self.world.ctx.read().await.unwrap();
        tx.query("select source from sandbox_message where account_id = $1 order by id")
            .bind(self.world.account)
            .fetch_all()
            .await
            .unwrap()
            .iter()
            .map(|row| {
                let mail = mail::read(&row.get::<Vec<u8>>("source").unwrap());
                (mail.subject, mail.html.unwrap())
            })
            .collect()
    }
}

const HOUR: Duration = Duration::from_hours(1);

#[testkit::db_test]
async fn each_item_is_sent_once_and_without_news_nothing(db: TestDb) {
    let blog = Blog::new(db, FeedMode::Each, None).await;
    blog.look(Duration::ZERO).await;
    blog.look(HOUR).await;
    assert_eq!(blog.mails().await.len(), 0, "what was there is no news");
    assert_eq!(blog.says.lock().unwrap().asked, 2);
    assert!(
        blog.says
            .lock()
            .unwrap()
            .request
            .contains("if-none-match: \"1\"")
    );

    blog.publish(&["first", "second <&>"]);
    blog.says.lock().unwrap().items[0] = "second &lt;&amp;&gt;".to_owned();
    blog.look(HOUR).await;
    let mails = blog.mails().await;
    let mut subjects: Vec<&str> = mails.iter().map(|(it, _)| it.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(
        subjects,
        [
            "first of Blog",
            "first of Blog",
            "second <&> of Blog",
            "second <&> of Blog"
        ]
    );
    let escaped = "<b>second &lt;&amp;&gt;</b>";
    assert!(
        mails.iter().any(|(_, html)| html.contains(escaped)),
        "{mails:?}"
    );
    for _ in 0..3 {
        blog.look(HOUR).await;
    }
    assert_eq!(blog.mails().await.len(), 4, "nothing new, nothing sent");

    // A click leads where the item was, also when the feed has moved on.
    let mut tx = blog.world.ctx.read().await.unwrap();
    let rows = tx
        .query("select id from message where account_id = $1")
        .bind(blog.world.account)
        .fetch_all()
        .await
        .unwrap();
    drop(tx);
    let links = crate::tracking::Links::start(&blog.world.ctx, &blog.world.config);
    let mut targets = Vec::new();
    for row in &rows {
        let message = row.get("id").unwrap();
        let token = links.token(blog.world.account, ctx::Purpose::Click, message, 0);
        let target = links
            .click(&token, crate::tracking::Client::default())
            .await;
        targets.push(target.unwrap());
    }
    targets.sort_unstable();
    let second = "https://blog.example/second%20%3C&%3E";
    assert_eq!(
        targets,
        [
            "https://blog.example/first",
            "https://blog.example/first",
            second,
            second
        ]
    );
}

#[testkit::db_test]
async fn a_digest_waits_for_its_time_and_has_the_newest(db: TestDb) {
    let zone = kernel::TimeZone::utc();
    let rule = Rule {
        every: Every::Day,
        at: "09:00".to_owned(),
        weekdays: Vec::new(),
        day: None,
    };
    let blog = Blog::new(db, FeedMode::Digest, Some(rule.clone())).await;
    blog.look(Duration::ZERO).await;
    blog.publish(&["one", "two", "three"]);
    blog.look(HOUR).await;
    assert_eq!(blog.mails().await.len(), 0, "it is not time");
    let until = async || {
        let now = blog.world.ctx.clock.now();
        rule.next(&zone, now).unwrap().since(now)
    };
    blog.look(until().await).await;
    let mails = blog.mails().await;
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].0, "three of Blog");
    assert!(
        mails[0].1.contains("<b>three</b><b>two</b></p>"),
        "{}",
        mails[0].1
    );
    // The next time there is nothing new; what was too much for the first is not made up for.
    blog.look(until().await).await;
    assert_eq!(blog.mails().await.len(), 2);
    assert!(blog.now().await.send_at > Some(blog.world.ctx.clock.now()));
}

#[testkit::db_test]
async fn what_is_sent_next_can_be_looked_at(db: TestDb) {
    let blog = Blog::new(db, FeedMode::Each, None).await;
    let (ctx, account, id) = (&blog.world.ctx, blog.world.account, blog.feed.id);
    let preview = async |look| feeds::preview(ctx, account, id, look).await.unwrap();
    let first = preview(true).await;
    assert!(first.messages.is_empty(), "what is there is no news");
    blog.look(Duration::ZERO).await;

    blog.publish(&["one", "two", "three", "four", "five", "six", "seven"]);
    let known = preview(false).await;
    assert!(known.messages.is_empty(), "nobody has looked since");
    let coming = preview(true).await;
    let subjects: Vec<&str> = coming
        .messages
        .iter()
        .map(|one| one.subject.as_str())
        .collect();
    let said = ["one", "two", "three", "four", "five"].map(|name| format!("{name} of Blog"));
    assert_eq!(subjects, said);
    assert_eq!((coming.more, coming.note), (2, None));
    assert_eq!(coming.at, Some(blog.now().await.poll_at));
    let html = coming.messages[0].html.as_ref().unwrap();
    assert!(html.contains("<b>one</b>"), "{html}");
    assert_eq!(coming.messages[0].items[0].link, "https://blog.example/one");
    // Nothing of it was remembered: it is still news, and sent.
    blog.look(HOUR).await;
    assert_eq!(blog.mails().await.len(), 10);
    let rest = preview(false).await;
    let subjects: Vec<&str> = rest
        .messages
        .iter()
        .map(|one| one.subject.as_str())
        .collect();
    assert_eq!(subjects, ["six of Blog", "seven of Blog"]);

    blog.says.lock().unwrap().status = 500;
    assert!(preview(true).await.note.unwrap().contains("500"));
    let draft: CampaignId = blog.feed.campaign;
    campaigns::delete(ctx, account, &blog.world.actor, draft)
        .await
        .unwrap();
    let gone = preview(false).await;
    assert!(gone.messages.is_empty());
    assert!(gone.note.unwrap().contains("deleted"));
    let patch = FeedPatch {
        state: Some(FeedState::Paused),
        ..FeedPatch::default()
    };
    feeds::update(ctx, account, &blog.world.actor, id, patch)
        .await
        .unwrap();
    assert_eq!(preview(true).await.at, None);
}

#[testkit::db_test]
async fn the_next_digest_can_be_looked_at(db: TestDb) {
    let rule = Rule {
        every: Every::Day,
        at: "09:00".to_owned(),
        weekdays: Vec::new(),
        day: None,
    };
    let blog = Blog::new(db, FeedMode::Digest, Some(rule)).await;
    let (ctx, account, id) = (&blog.world.ctx, blog.world.account, blog.feed.id);
    blog.look(Duration::ZERO).await;
    blog.publish(&["one"]);
    blog.look(HOUR).await;
    blog.publish(&["two", "three"]);
    let coming = feeds::preview(ctx, account, id, true).await.unwrap();
    assert_eq!(coming.at, blog.now().await.send_at);
    assert_eq!(coming.messages.len(), 1);
    assert_eq!(coming.messages[0].subject, "three of Blog");
    let titles: Vec<&str> = coming.messages[0]
        .items
        .iter()
        .map(|item| item.title.as_str())
        .collect();
    assert_eq!(titles, ["three", "two"], "the newest two that it may have");
    assert_eq!(coming.more, 1);
}

#[testkit::db_test]
async fn what_cannot_be_read_or_sent_is_said(db: TestDb) {
    let blog = Blog::new(db, FeedMode::Each, None).await;
    blog.look(Duration::ZERO).await;
    blog.says.lock().unwrap().status = 500;
    blog.look(HOUR).await;
    let feed = blog.now().await;
    assert!(feed.note.unwrap().contains("500"));
    assert_eq!(feed.poll_at.since(blog.world.ctx.clock.now()), HOUR * 2);
    // While it is paused, what appears is no news.
    let patch = |state| FeedPatch {
        state: Some(state),
        ..FeedPatch::default()
    };
    let (ctx, account, actor) = (&blog.world.ctx, blog.world.account, &blog.world.actor);
    feeds::update(ctx, account, actor, blog.feed.id, patch(FeedState::Paused))
        .await
        .unwrap();
    blog.says.lock().unwrap().status = 200;
    blog.publish(&["meanwhile"]);
    blog.look(HOUR * 5).await;
    feeds::update(ctx, account, actor, blog.feed.id, patch(FeedState::Active))
        .await
        .unwrap();
    blog.look(Duration::ZERO).await;
    assert_eq!(blog.mails().await.len(), 0);
    // A draft that is gone pauses it.
    let draft: CampaignId = blog.feed.campaign;
    campaigns::delete(ctx, account, actor, draft).await.unwrap();
    blog.publish(&["news"]);
    blog.look(HOUR).await;
    let feed = blog.now().await;
    assert_eq!(feed.state, FeedState::Paused);
    assert!(feed.note.unwrap().contains("deleted"));
}

#[testkit::db_test]
async fn an_address_within_our_own_network_is_refused(db: TestDb) {
    let world = World::new(&db).await;
    let draft = world.draft().await;
    for url in [
        "http://127.0.0.1:9/feed",
        "http://[::1]/feed",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://example.com/feed",
        "https://user:secret@example.com/feed",
        "not an address",
    ] {
        let new = NewFeed {
            name: "x".to_owned(),
            url: url.to_owned(),
            campaign_id: draft,
            mode: FeedMode::Each,
            rule: None,
            time_zone: None,
            every_minutes: None,
            most_items: None,
        };
        let refused = feeds::create(&world.ctx, world.account, &world.actor, new).await;
        let Err(kernel::Error::Invalid(faults)) = refused else {
            panic!("{url} is taken");
        };
        assert_eq!(faults[0].field, "url", "{url}");
    }
}
