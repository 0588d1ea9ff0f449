//! What the roaster writes about.

use std::fmt::Write as _;
use std::time::Duration;

use kernel::Timestamp;
use serde_json::{Value, json};

use super::Story;
use super::people::People;

/// A newsletter, and how it goes down.
pub(super) struct Newsletter {
    pub(super) week: u64,
    name: &'static str,
    subject: &'static str,
    heading: &'static str,
    text: &'static str,
    links: [(&'static str, &'static str); 3],
    audience: Value,
    /// The share of readers that opens it.
    pub(super) opens: f64,
    /// The share of openers that clicks.
    pub(super) clicks: f64,
    /// The share of readers that leaves.
    pub(super) leaves: f64,
}

pub(super) fn plan(people: &People) -> Vec<Newsletter> {
    let readers = json!({"groups": [people.newsletter]});
    vec![
        Newsletter {
            week: 0,
            name: "Hello from the new roastery",
            subject: "{{ first_name | default(\"Hello\") }}, we have moved the roaster",
            heading: "The drum is turning again",
            text: "After nine days of dust and tiles the roastery in Weserstraße is open. Come and see it; the first cup is on us.",
            links: [
                ("See the pictures", "https://birchwood.example.com/roastery"),
                ("Opening hours", "https://birchwood.example.com/visit"),
                ("This week's beans", "https://birchwood.example.com/shop"),
            ],
            audience: readers.clone(),
            opens: 0.44,
            clicks: 0.21,
            leaves: 0.006,
        },
        Newsletter {
            week: 1,
            name: "Ethiopia Guji arrives",
            subject: "Peach, jasmine, and only 60 kg of it",
            heading: "Guji, natural",
            text: "A lot so small that we cupped it twice to be sure. Light roast, best as filter, gone by the end of the month.",
            links: [
                (
                    "Order 250 g",
                    "https://birchwood.example.com/shop/guji?size=250",
                ),
                (
                    "Order 1 kg",
                    "https://birchwood.example.com/shop/guji?size=1000",
                ),
                (
                    "How to brew it",
                    "https://birchwood.example.com/brew/filter",
                ),
            ],
            audience: readers.clone(),
            opens: 0.39,
            clicks: 0.17,
            leaves: 0.003,
        },
        Newsletter {
            week: 3,
            name: "Bean subscribers: choose your next box",
            subject: "Your next box, {{ first_name | default(\"dear regular\") }}",
            heading: "Three coffees to choose from",
            text: "Tell us by Sunday which one you would like. If you say nothing we send our favorite.",
            links: [
                (
                    "Choose now",
                    "https://birchwood.example.com/box?who={{ email | urlencode }}",
                ),
                ("Skip a week", "https://birchwood.example.com/box/skip"),
                ("Change the grind", "https://birchwood.example.com/account"),
            ],
            audience: json!({"segments": [people.subscribers_of_beans]}),
            opens: 0.62,
            clicks: 0.48,
            leaves: 0.001,
        },
        Newsletter {
            week: 4,
            name: "Cupping workshop in Berlin",
            subject: "Six cups, one evening: our cupping workshop",
            heading: "Learn to taste what we taste",
            text: "Twelve seats, six coffees, two hours. Bring nothing but your nose.",
            links: [
                ("Book a seat", "https://birchwood.example.com/workshop"),
                (
                    "What is cupping?",
                    "https://birchwood.example.com/journal/cupping",
                ),
                ("Get there", "https://birchwood.example.com/visit"),
            ],
            audience: json!({"segments": [people.berlin]}),
            opens: 0.47,
            clicks: 0.26,
            leaves: 0.002,
        },
        Newsletter {
            week: 6,
            name: "Grinder test",
            subject: "We ground 14 kg so that you need not",
            heading: "Seven grinders under 200 euros",
            text: "One of them surprised us, two of them squeaked. Here is what we would buy.",
            links: [
                (
                    "Read the test",
                    "https://birchwood.example.com/journal/grinders",
                ),
                ("The winner", "https://birchwood.example.com/shop/grinder-1"),
                (
                    "The runner-up",
                    "https://birchwood.example.com/shop/grinder-2",
                ),
            ],
            audience: readers.clone(),
            opens: 0.36,
            clicks: 0.29,
            leaves: 0.004,
        },
        Newsletter {
            week: 8,
            name: "Summer sale",
            subject: "20 % off, until Sunday",
            heading: "The shelf needs room",
            text: "New crop is on the water. Until Sunday everything on the shelf is 20 % off, with the code SUMMER.",
            links: [
                (
                    "To the shelf",
                    "https://birchwood.example.com/shop?code=SUMMER",
                ),
                ("Espresso", "https://birchwood.example.com/shop/espresso"),
                ("Filter", "https://birchwood.example.com/shop/filter"),
            ],
            audience: json!({"groups": [people.newsletter, people.customers]}),
            opens: 0.31,
            clicks: 0.22,
            leaves: 0.011,
        },
    ]
}

fn content(newsletter: &Newsletter) -> Value {
    let mut buttons = String::new();
    for (words, url) in newsletter.links {
        let _ = write!(buttons, "<p><a href=\"{url}\">{words}</a></p>");
    }
    let html = format!(
        "<!doctype html><html><body style=\"font-family:Georgia,serif;max-width:34em;margin:auto\">\
         <p style=\"color:#7a5230\">Birchwood Coffee</p><h1>{heading}</h1>\
         <p>Hello {{{{ first_name | default(\"there\") }}}},</p><p>{text}</p>{buttons}\
         <p>Yours, Robin and the roastery</p>\
         <p style=\"font-size:small\"><a href=\"{{{{ web_version_url }}}}\">Read in the browser</a> &middot; \
         <a href=\"{{{{ unsubscribe_url }}}}\">Unsubscribe</a><br>{{{{ account.address }}}}</p></body></html>",
        heading = newsletter.heading,
        text = newsletter.text,
    );
    json!({
        "subject": newsletter.subject,
        "preheader": newsletter.text,
        "body": {"kind": "html", "html": html},
    })
}

/// Writes and sends one; its id.
pub(super) async fn send(story: &Story, newsletter: &Newsletter) -> anyhow::Result<String> {
    let id = story
        .api
        .add(
            "/api/campaigns",
            json!({
                "name": newsletter.name,
                "audience": newsletter.audience,
                "content": content(newsletter),
            }),
        )
        .await?;
    story.wait(Duration::from_mins(7));
    story
        .api
        .post(&format!("/api/campaigns/{id}/send"), Value::Null)
        .await?;
    story.run_jobs().await?;
    sending::delivery::run_until_idle(&story.ctx, &story.sending).await?;
    Ok(id)
}

/// One that is scheduled and one that is being written.
pub(super) async fn upcoming(story: &Story, people: &People, now: Timestamp) -> anyhow::Result<()> {
    let audience = json!({"groups": [people.newsletter]});
    let newsletter = Newsletter {
        week: 0,
        name: "New crop from Colombia",
        subject: "{{ first_name | default(\"Hello\") }}, the new crop is here",
        heading: "Huila, washed",
        text: "Red apple, caramel, and a finish that stays for the whole walk to work.",
        links: [
            ("Order now", "https://birchwood.example.com/shop/huila"),
            (
                "Meet the farmers",
                "https://birchwood.example.com/journal/huila",
            ),
            (
                "How to brew it",
                "https://birchwood.example.com/brew/filter",
            ),
        ],
        audience: audience.clone(),
        opens: 0.0,
        clicks: 0.0,
        leaves: 0.0,
    };
    let body = json!({
        "name": newsletter.name,
        "audience": newsletter.audience,
        "content": content(&newsletter),
    });
    let id = story.api.add("/api/campaigns", body).await?;
    let at = now + Duration::from_hours(3 * 24);
    story
        .api
        .call(
            "PUT",
            &format!("/api/campaigns/{id}/schedule"),
            Some(json!({"scheduled_at": at})),
        )
        .await?;
    story
        .api
        .post(
            "/api/campaigns",
            json!({"name": "Autumn gift boxes (idea)", "audience": audience}),
        )
        .await?;
    Ok(())
}
