//! The roaster can be met: a tasting for a few, and a call for cafés.

use anyhow::Context as _;
use kernel::UserId;
use serde_json::{Value, json};

use super::Story;

/// What can be booked: the ids of event types.
pub(super) struct Offers {
    tasting: String,
    call: String,
}

/// Makes the owner a host with two event types.
pub(super) async fn open(story: &Story, owner: UserId) -> anyhow::Result<Offers> {
    // The account has its name only when everything is there.
    let page = json!({"page": "birchwood"});
    let settings = "/api/booking-settings";
    story.api.call("PUT", settings, Some(page)).await?;
    let host = json!({
        "user_id": owner,
        "slug": "robin",
        "about": "Roasts on Tuesdays, cups on all other days.",
    });
    let host = story.api.add("/api/hosts", host).await?;
    let tasting = json!({
        "title": "Cupping at the roastery",
        "hosts": [{"host_id": host}],
        "settings": {
            "description": "Six coffees, one hour, no sugar. You can bring somebody.",
            "color": "#0f766e",
            "durations": [60],
            "locations": [{"kind": "in_person", "address": "Weserstraße 12, Berlin"}],
            "capacity": 8,
            "buffer_after_minutes": 30,
            "notice_minutes": 24 * 60,
        },
    });
    let call = json!({
        "title": "Coffee for your café",
        "hosts": [{"host_id": host}],
        "settings": {
            "description": "What you need, what we roast, and what it costs.",
            "color": "#5046b8",
            "durations": [30, 45],
            "locations": [{"kind": "link", "url": "https://meet.example.com/birchwood"}],
            "buffer_after_minutes": 10,
            "limits": [{"scope": "event_type", "period": "day", "bookings": 4}],
            "questions": [{"key": "cups", "label": "How many cups do you sell a day?", "kind": "number"}],
        },
    });
    Ok(Offers {
        tasting: story.api.add("/api/event-types", tasting).await?,
        call: story.api.add("/api/event-types", call).await?,
    })
}

impl Offers {
    /// Some of the newest subscribers book a time in the next two weeks.
    pub(super) async fn book(
        &self,
        story: &mut Story,
        tastings: usize,
        calls: usize,
    ) -> anyhow::Result<()> {
        let people = story
            .api
            .get("/api/subscribers?status=active&limit=50")
            .await?;
        let people = people["data"].as_array().context("people of the demo")?;
        let mut guests = people
            .iter()
            .filter(|guest| guest["first_name"].is_string() && guest["last_name"].is_string());
        let nothing = json!({});
        let cups = json!({"cups": 120});
        for guest in guests.by_ref().take(tastings) {
            book(story, &self.tasting, guest, &nothing).await?;
        }
        for guest in guests.take(calls) {
            book(story, &self.call, guest, &cups).await?;
        }
        Ok(())
    }
}

async fn book(
    story: &mut Story,
    event_type: &str,
    guest: &Value,
    answers: &Value,
) -> anyhow::Result<()> {
    let offered = story
        .api
        .get(&format!("/api/event-types/{event_type}/slots"))
        .await?;
    let slots: Vec<&Value> = offered["days"]
        .as_array()
        .context("days of slots")?
        .iter()
        .filter_map(|day| day["slots"].as_array())
        .flatten()
        .collect();
    let slot = *story.dice.one(&slots);
    let name = [&guest["first_name"], &guest["last_name"]]
        .map(|name| name.as_str().unwrap_or_default())
        .join(" ");
    let booking = json!({
        "event_type_id": event_type,
        "start": slot["start"],
        "name": name,
        "email": guest["email"],
        "time_zone": "Europe/Berlin",
        "answers": answers,
    });
    story.api.post("/api/bookings", booking).await?;
    Ok(())
}
