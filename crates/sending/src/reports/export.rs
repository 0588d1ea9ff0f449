//! The recipients of a campaign as a file.

use std::borrow::Cow;

use audience::disarmed;
use bytes::Bytes;
use ctx::Ctx;
use futures_util::Stream;
use kernel::{AccountId, Cursor, Limit, Result};

use super::model::{Recipient, Who};
use super::store;
use crate::campaigns::CampaignId;

const HEAD: &str = "address,subscriber_id,state,sent_at,opened,clicked,unsubscribed,bounced_at,bounce,complained_at,detail\r\n";

/// As CSV, page by page: memory does not follow the size of the campaign. What a spreadsheet would take for a formula
/// gets an apostrophe in front.
pub(super) fn csv(
    ctx: Ctx,
    account: AccountId,
    campaign: CampaignId,
    who: Who,
) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
    let start = Some((None::<Cursor>, HEAD));
    futures_util::stream::try_unfold(start, move |at| {
        let ctx = ctx.clone();
        async move {
            let Some((after, head)) = at else {
                return Ok(None);
            };
            let limit = Limit::try_new(Limit::MAX)?;
            let mut tx = ctx.read().await?;
            let mut page = store::recipients(&mut tx, account, campaign, who, after, limit).await?;
            drop(tx);
            let more = page.len() > limit.get();
            page.truncate(limit.get());
            let mut text = head.to_owned();
            for recipient in &page {
                line(&mut text, recipient);
            }
            let next = page.last().filter(|_| more).map(|last| {
                let place = Cursor {
                    key: 0,
                    id: last.message_id.get(),
                };
                (Some(place), "")
            });
            Ok(Some((Bytes::from(text), next)))
        }
    })
}

fn line(out: &mut String, one: &Recipient) {
    let time = |at: Option<kernel::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let yes = |is: bool| if is { "yes" } else { "no" };
    let cells: [Cow<'_, str>; 11] = [
        one.address.as_str().into(),
        one.subscriber_id.to_string().into(),
        one.state.as_str().into(),
        time(one.sent_at).into(),
        yes(one.opened).into(),
        yes(one.clicked).into(),
        yes(one.unsubscribed).into(),
        time(one.bounced_at).into(),
        one.bounce.as_deref().unwrap_or_default().into(),
        time(one.complained_at).into(),
        one.detail.as_deref().unwrap_or_default().into(),
    ];
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        let cell = disarmed(cell);
        if cell.contains(['"', ',', '\r', '\n']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::State;

    #[test]
    fn a_cell_is_neither_a_formula_nor_the_end_of_its_line() {
        let mut text = String::new();
        line(
            &mut text,
            &Recipient {
                message_id: 1.into(),
                subscriber_id: 2.into(),
                address: "=cmd|'/c calc'!A1@example.com".to_owned(),
                state: State::Failed,
                attempts: 1,
                sent_at: None,
                detail: Some("+550 \"no\", never\r\n@evil".to_owned()),
                opened: false,
                clicked: true,
                unsubscribed: false,
                bounced_at: None,
                bounce: None,
                complained_at: None,
            },
        );
        assert_eq!(
            text,
            "'=cmd|'/c calc'!A1@example.com,2,failed,,no,yes,no,,,,\"'+550 \"\"no\"\", never\r\n@evil\"\r\n"
        );
    }
}
