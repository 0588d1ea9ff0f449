//! What a subscriber's record gives to a message.

use audience::subscribers::MergeValues;
use content::{FieldValue, Person, Surroundings, Values};

/// The values of one person, for [`content::Compiled::render`].
pub(crate) fn values(of: &MergeValues, around: &Surroundings) -> Values {
    let subscriber = &of.subscriber;
    let person = Person {
        email: &subscriber.email,
        first_name: subscriber.first_name.as_deref(),
        last_name: subscriber.last_name.as_deref(),
        phone: subscriber.phone.as_deref(),
        language: subscriber.language.as_deref(),
        time_zone: subscriber.time_zone.as_deref(),
        source: Some(subscriber.source.as_str()),
        score: Some(subscriber.score),
        created_on: Some(subscriber.created_at.as_micros().div_euclid(86_400_000_000)),
    };
    let mut values = Values::new(&person, around);
    for (key, value) in &of.fields {
        values.set_field(
            key,
            match value {
                audience::fields::FieldValue::Text(text) => FieldValue::Text(text),
                audience::fields::FieldValue::Number(units) => FieldValue::Number(units.micros()),
                audience::fields::FieldValue::Date(days) => {
                    FieldValue::Date(rules::days_since_epoch(*days))
                }
                audience::fields::FieldValue::Boolean(flag) => FieldValue::Boolean(*flag),
            },
        );
    }
    values
}

/// Where what an account offers is booked, by its id behind a slash.
pub(crate) fn booking_page(public_url: &str, account: kernel::AccountId) -> String {
    format!("{public_url}/book-to/{account}")
}

/// What is the same for every recipient of a campaign.
pub(crate) fn surroundings(account: &identity::accounts::Account, campaign: &str) -> Surroundings {
    Surroundings {
        account_name: account.name.clone(),
        account_address: account.postal_address.clone().unwrap_or_default(),
        campaign_name: campaign.to_owned(),
    }
}
