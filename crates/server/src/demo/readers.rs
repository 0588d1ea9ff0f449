//! What people do with the mail they get.

use std::time::Duration;

use anyhow::Context as _;
use ctx::Purpose;
use futures_util::future::try_join_all;
use sending::messages::MessageId;
use sending::tracking::{Client, UnsubscribeReason};

use super::Story;
use super::campaigns::Newsletter;

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
const ANDROID: &str = "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Mobile Safari/537.36";
const DESKTOP: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36";
const GMAIL: &str =
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
/// How Apple's mail privacy proxy calls itself.
const APPLE_PROXY: &str = "Mozilla/5.0";
const SCANNER: &str = "Mozilla/5.0 (compatible; Barracuda Sentinel)";

/// Actions that are recorded together, as they are on a busy server.
const AT_ONCE: usize = 48;
/// Nobody reads a newsletter that is older.
const LONGEST: f64 = 3.6 * 86_400.0;

enum What {
    Open(&'static str),
    Click(u16, &'static str),
    Leave(UnsubscribeReason),
}

struct Action {
    after: Duration,
    message: MessageId,
    what: What,
}

/// Lives through the days after a newsletter.
pub(super) async fn read(
    story: &mut Story,
    campaign: &str,
    newsletter: &Newsletter,
) -> anyhow::Result<()> {
    let start = story.ctx.clock.now();
    let mut actions = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = story
            .api
            .get(&format!(
                "/api/campaigns/{campaign}/recipients?state=sent&limit=1000{cursor}"
            ))
            .await?;
        for recipient in page["data"].as_array().context("a page of recipients")? {
            let message: MessageId = recipient["message_id"]
                .as_str()
                .context("a recipient without a message")?
                .parse()?;
            imagine(story, newsletter, message, &mut actions);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    actions.sort_by_key(|action| action.after);
    for together in actions.chunks(AT_ONCE) {
        story.wait_until(start + together[0].after);
        try_join_all(together.iter().map(|action| act(story, action))).await?;
    }
    story.run_jobs().await
}

/// What one person is going to do.
fn imagine(
    story: &mut Story,
    newsletter: &Newsletter,
    message: MessageId,
    actions: &mut Vec<Action>,
) {
    let dice = &mut story.dice;
    let mut at = |after: f64, what: What| {
        actions.push(Action {
            after: Duration::from_secs_f64(after.min(LONGEST)),
            message,
            what,
        });
    };
    // A quarter uses Apple's proxy, which fetches every picture on arrival.
    if dice.share() < 0.24 {
        at(20.0 + 600.0 * dice.share(), What::Open(APPLE_PROXY));
    }
    if dice.share() < 0.015 {
        at(5.0 * dice.share(), What::Click(0, SCANNER));
    }
    if dice.share() >= newsletter.opens {
        return;
    }
    let agent = *dice.one(&[PHONE, PHONE, ANDROID, DESKTOP, DESKTOP, GMAIL]);
    // Half of all opens come within five hours, with a long tail.
    let opened = -5.0 * 3600.0 / std::f64::consts::LN_2 * (1.0 - dice.share()).ln();
    at(opened, What::Open(agent));
    if dice.share() < 0.28 {
        at(
            opened + 3_600.0 * (1.0 + 30.0 * dice.share()),
            What::Open(agent),
        );
    }
    if dice.share() < newsletter.clicks {
        // The first link is clicked most.
        let link = [0, 0, 0, 1, 1, 2][dice.below(6)];
        at(
            opened + 10.0 + 120.0 * dice.share(),
            What::Click(link, agent),
        );
        if dice.share() < 0.2 {
            at(
                opened + 200.0 + 300.0 * dice.share(),
                What::Click((link + 1) % 3, agent),
            );
        }
    }
    if dice.share() < newsletter.leaves / newsletter.opens {
        let reason = *dice.one(&[
            UnsubscribeReason::OneClick,
            UnsubscribeReason::OneClick,
            UnsubscribeReason::TooMany,
            UnsubscribeReason::NotInteresting,
            UnsubscribeReason::Other,
        ]);
        at(opened + 30.0, What::Leave(reason));
    }
}

async fn act(story: &Story, action: &Action) -> kernel::Result<()> {
    let links = &story.links;
    let client = |agent: &str| Client {
        head: false,
        user_agent: Some(agent.to_owned()),
        ip: Some("203.0.113.9".to_owned()),
    };
    match action.what {
        What::Open(agent) => {
            let token = links.token(story.account, Purpose::Open, action.message, 0);
            links.open(&token, client(agent)).await
        }
        What::Click(link, agent) => {
            let token = links.token(story.account, Purpose::Click, action.message, link);
            links.click(&token, client(agent)).await.map(drop)
        }
        What::Leave(reason) => {
            let token = links.token(story.account, Purpose::Unsubscribe, action.message, 0);
            links.unsubscribe(&token, reason, None).await
        }
    }
}
