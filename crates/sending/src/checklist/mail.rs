//! Looking at one mail that people may get: the campaign's, or that of a variant.

use std::collections::BTreeSet;

use ::content::{Body, Document, Severity};
use ctx::Ctx;
use db::Tx;
use identity::accounts::Account;
use kernel::{AccountId, EmailAddress, Result};

use super::model::{Item, Level, so_many};
use super::page::{self, Page, PageLink};
use super::{color, spam, store};
use crate::campaigns::{self, Campaign, Preview, Variant};
use crate::dkim::{self, DkimKey, FoundRecord, RecordState};

/// Gmail shows no more of a mail than this.
const CLIP_BYTES: usize = 102 * 1024;
/// Longest subject that phones show.
const LONG_SUBJECT: usize = 70;

/// Mail providers of people. Their domains say that only they send for them, so mail of others is refused.
const FREE_MAIL: &[&str] = &[
    "aol.com",
    "gmail.com",
    "gmx.at",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "t-online.de",
    "web.de",
    "yahoo.com",
    "yandex.ru",
];

/// A mail, and what was found in it.
pub(super) struct Mail {
    /// The number of the variant, from 1; none when everybody gets the same.
    pub(super) variant: Option<i64>,
    pub(super) document: Option<Document>,
    preview: Option<Preview>,
    from: String,
    pub(super) items: Vec<Item>,
}

/// Reads the mails of a campaign, and what the check of their contents finds: one, or that of each variant of a test. What
/// the campaign itself says goes to nobody then but through a variant.
pub(super) async fn read(ctx: &Ctx, tx: &mut Tx, campaign: &Campaign) -> Result<Vec<Mail>> {
    let Some(ab) = &campaign.ab else {
        let document = match campaign.revision {
            Some(id) => campaigns::store::find_revision(tx, campaign.account, id).await?,
            None => None,
        };
        let from = campaign.sender_email.clone();
        return Ok(vec![read_one(ctx, tx, campaign, document, from).await?]);
    };
    let mut mails = Vec::with_capacity(ab.variants.len());
    for (number, variant) in (1..).zip(&ab.variants) {
        let document = document_of(tx, campaign, variant).await?;
        let from = variant.sender.as_ref().map(|sender| &sender.email);
        let from = from.unwrap_or(&campaign.sender_email).clone();
        let mut mail = read_one(ctx, tx, campaign, document, from).await?;
        mail.variant = Some(number);
        mails.push(mail);
    }
    Ok(mails)
}

async fn document_of(
    tx: &mut Tx,
    campaign: &Campaign,
    variant: &Variant,
) -> Result<Option<Document>> {
    match variant.revision_id {
        // It has started, and this is what people get.
        Some(id) => Ok(campaigns::store::find_revision(tx, campaign.account, id).await?),
        None => campaigns::document_of(tx, campaign, variant).await,
    }
}

async fn read_one(
    ctx: &Ctx,
    tx: &mut Tx,
    campaign: &Campaign,
    document: Option<Document>,
    from: String,
) -> Result<Mail> {
    let mut items = Vec::new();
    let mut preview = None;
    match &document {
        None => items.push(Item::new(
            "content_missing",
            Level::Error,
            "There is no mail yet",
            "Write a subject and a body.",
        )),
        Some(document) => {
            let findings = campaigns::findings(ctx, tx, campaign.account, document).await?;
            let faulty = findings.iter().any(::content::Finding::is_error);
            unsubscribe(&findings, &mut items);
            bookings(tx, campaign.account, document, &mut items).await?;
            items.extend(findings.into_iter().filter_map(item_of));
            if !faulty {
                let of = campaign.into();
                preview = Some(campaigns::show_all(ctx, tx, campaign.account, document, of).await?);
            }
        }
    }
    Ok(Mail {
        variant: None,
        document,
        preview,
        from,
        items,
    })
}

/// Whether what the booking blocks lead to can be booked.
async fn bookings(
    tx: &mut Tx,
    account: AccountId,
    document: &Document,
    items: &mut Vec<Item>,
) -> Result<()> {
    let Body::Blocks { document, .. } = &document.body else {
        return Ok(());
    };
    let blocks = ::content::blocks::booked(document, "body.document");
    if blocks.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<i64> = blocks.iter().map(|(_, id)| *id).collect();
    let known = store::event_types(tx, account, &ids).await?;
    let (mut gone, mut off) = (Vec::new(), Vec::new());
    for (path, id) in blocks {
        match known.get(&id) {
            None => gone.push(path),
            Some((title, false)) => off.push(title.clone()),
            Some((_, true)) => {}
        }
    }
    if gone.is_empty() && off.is_empty() {
        items.push(Item::ok(
            "booking_link",
            "What the mail offers can be booked",
        ));
    }
    if !gone.is_empty() {
        let detail =
            "It was deleted, so the button leads nowhere. Choose another one in the block.";
        let title = "The mail offers something to book that is not there";
        items.push(Item::new("booking_gone", Level::Error, title, detail).places(gone));
    }
    if !off.is_empty() {
        let detail = "People come to a page that offers nothing. Switch the event type on, or leave the block out.";
        let title = "The mail offers something to book that is switched off";
        items.push(Item::new("booking_off", Level::Error, title, detail).places(off));
    }
    Ok(())
}

fn item_of(finding: ::content::Finding) -> Option<Item> {
    /// These have items of their own, with what is known beyond the text.
    const TOLD_ELSEWHERE: [&str; 4] = [
        "missing_unsubscribe",
        "missing_default",
        "clipped",
        "subject_empty",
    ];
    if TOLD_ELSEWHERE.contains(&&*finding.code) {
        return None;
    }
    let level = match finding.severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
    };
    let place = format!("{}:{}:{}", finding.field, finding.line, finding.column);
    let title = format!("The content has a fault ({})", finding.code);
    Some(Item::new("content", level, title, finding.message).places([place]))
}

/// A key that signs, and that receivers cannot look up.
pub(super) struct UnknownKey<'a> {
    key: &'a DkimKey,
    record: FoundRecord,
}

/// Looks for the records of all keys that sign one of the mails, side by side. That no name server answers is no fault of
/// a mail.
pub(super) async fn look_up_keys<'a>(
    dns: &dyn net::Texts,
    keys: &'a [DkimKey],
    mails: &[Mail],
) -> Vec<UnknownKey<'a>> {
    let domains: BTreeSet<String> = mails.iter().map(Mail::domain).collect();
    let signing = keys
        .iter()
        .filter(|key| key.is_active && domains.iter().any(|domain| key.is_for(domain)));
    let looked = signing.map(async |key| UnknownKey {
        key,
        record: dkim::dns::dkim(dns, key).await,
    });
    let mut found = futures_util::future::join_all(looked).await;
    found.retain(|known| {
        matches!(
            known.record.state,
            RecordState::Missing | RecordState::Wrong
        )
    });
    found
}

impl Mail {
    /// Tells of the keys that sign it and that receivers cannot check.
    pub(super) fn tell_keys(&mut self, keys: &[UnknownKey<'_>]) {
        let domain = self.domain();
        for key in keys.iter().filter(|known| known.key.is_for(&domain)) {
            let title = "Receivers cannot check the signature";
            let detail = if key.record.state == RecordState::Missing {
                "The record of the DKIM key is not in DNS, so the mail looks forged. Add it (settings, DKIM), or turn the \
                 key off."
            } else {
                "The record of the DKIM key in DNS is another one, so the mail looks forged. Correct it (settings, DKIM), \
                 or turn the key off."
            };
            let item = Item::new("sender_record", Level::Warning, title, detail);
            self.items.push(item.places([key.record.name.clone()]));
        }
    }

    /// Of its sender.
    fn domain(&self) -> String {
        let domain = self.from.rsplit_once('@').map_or("", |(_, domain)| domain);
        domain.to_ascii_lowercase()
    }

    /// Looks at it, and gives the links in it.
    pub(super) fn look(&mut self, account: &Account, keys: &[DkimKey]) -> Vec<PageLink> {
        let items = &mut self.items;
        sender(&self.from, keys, items);
        subject(self.document.as_ref(), items);
        let (Some(document), Some(preview)) = (&self.document, &self.preview) else {
            return Vec::new();
        };
        address(account, document, preview, items);
        let Some(html) = &preview.html else {
            let page = Page {
                text: preview.text.clone(),
                ..Page::default()
            };
            items.extend(spam::check(&preview.subject, &page));
            return Vec::new();
        };
        let page = page::read(html);
        size(html, items);
        pictures(&page, items);
        readable(&page, items);
        items.extend(spam::check(&preview.subject, &page));
        page.links
    }
}

fn unsubscribe(findings: &[::content::Finding], items: &mut Vec<Item>) {
    let missing = findings
        .iter()
        .any(|finding| finding.code == "missing_unsubscribe");
    items.push(if missing {
        Item::new(
            "unsubscribe_added",
            Level::Info,
            "A footer with an unsubscribe link is added",
            "The mail has none of its own. To place it yourself, link to {{ unsubscribe_url }}, or use the footer block.",
        )
    } else {
        Item::ok("unsubscribe", "People can unsubscribe")
    });
}

/// What is known of the domain that the mail is from: whether this server signs for it. Whether the world can check that
/// is in DNS (`look_up_keys`), and whether a relay signs as well is the relay's.
fn sender(address: &str, keys: &[DkimKey], items: &mut Vec<Item>) {
    let Ok(parsed) = EmailAddress::parse(address) else {
        items.push(Item::new(
            "sender_missing",
            Level::Error,
            "There is no address that the mail comes from",
            "Choose a sender, or set the address.",
        ));
        return;
    };
    let domain = parsed.domain().to_ascii_lowercase();
    if FREE_MAIL.contains(&&*domain) {
        let detail = "Its provider tells receivers to refuse mail that others send in its name. Send from a domain of \
                          your own.";
        let title = format!("{domain} is a provider of mail for people");
        items.push(Item::new("sender_free_mail", Level::Error, title, detail).places([domain]));
        return;
    }
    let of_domain: Vec<&DkimKey> = keys.iter().filter(|key| key.is_for(&domain)).collect();
    items.push(if of_domain.iter().any(|key| key.is_active) {
            Item::ok("sender_domain", format!("Mail from {domain} is signed with DKIM"))
        } else if of_domain.is_empty() {
            Item::new(
                "sender_unverified",
                Level::Warning,
                format!("This server has no DKIM key for {domain}"),
                "Large providers refuse bulk mail without a signature of the sender's domain. Add a key, unless your relay \
                 signs for this domain; whether it does cannot be seen from here.",
            )
            .places([domain])
        } else {
            Item::new(
                "sender_unverified",
                Level::Warning,
                format!("The DKIM key for {domain} is not active"),
                "Put its record into DNS and activate it: until then nothing is signed with it.",
            )
            .places([domain])
        });
}

fn subject(document: Option<&Document>, items: &mut Vec<Item>) {
    let Some(document) = document else { return };
    let length = document.subject.trim().chars().count();
    if length == 0 {
        items.push(Item::new(
            "subject_empty",
            Level::Error,
            "There is no subject",
            "Write one.",
        ));
    } else if length > LONG_SUBJECT && !document.subject.contains("{%") {
        let detail = "Phones show about 40 characters, most programs about 70.";
        let title = "The subject is long";
        items.push(Item::new("subject_long", Level::Info, title, detail).count(length));
    }
    if document
        .preheader
        .as_deref()
        .unwrap_or_default()
        .trim()
        .is_empty()
    {
        items.push(Item::new(
            "preheader_empty",
            Level::Info,
            "There is no preheader",
            "Inboxes show the beginning of the mail beside the subject then.",
        ));
    }
}

/// The postal address that mail law asks for.
fn address(account: &Account, document: &Document, preview: &Preview, items: &mut Vec<Item>) {
    let Some(address) = &account.postal_address else {
        items.push(Item::new(
            "postal_address_missing",
            Level::Error,
            "The account has no postal address",
            "Laws of many countries ask for one in each mail. Set it in the brand or the settings of the account.",
        ));
        return;
    };
    let plain = |text: &str| -> String { text.split_whitespace().collect::<Vec<_>>().join(" ") };
    let first = plain(address.lines().next().unwrap_or_default());
    let shown = plain(&preview.text).contains(&first);
    // A text alternative of one's own need not have all that the HTML has.
    let derived = matches!(
        &document.body,
        Body::Html { text: None, .. }
            | Body::Blocks { text: None, .. }
            | Body::Mjml { text: None, .. }
            | Body::Text { .. }
    );
    items.push(if shown || !derived {
        Item::ok("postal_address", "The mail has a postal address")
    } else {
        Item::new(
            "postal_address_not_shown",
            Level::Warning,
            "The mail does not show the postal address",
            "It has an unsubscribe link of its own, so no footer is added. Write {{ account.address }} where it belongs.",
        )
    });
}

fn size(html: &str, items: &mut Vec<Item>) {
    let kilobytes = html.len().div_ceil(1024);
    items.push(if html.len() > CLIP_BYTES {
        let detail = "Gmail cuts off what is beyond 102 kB, with the unsubscribe link.";
        let title = format!("The mail has {kilobytes} kB");
        Item::new("size", Level::Warning, title, detail).count(html.len())
    } else {
        Item::ok("size", format!("The mail has {kilobytes} kB")).count(html.len())
    });
}

fn pictures(page: &Page, items: &mut Vec<Item>) {
    let without: Vec<String> = page
        .images
        .iter()
        .filter(|image| image.alt.is_none())
        .map(|image| image.src.clone())
        .collect();
    if !without.is_empty() {
        let title = so_many(without.len(), "image") + " without alternative text";
        let detail = "Many people see mails without images, and some never see them: say what each shows. Where it shows \
                      nothing, an empty text (alt=\"\") says so.";
        items.push(
            Item::new("images_without_alt", Level::Warning, title, detail)
                .count(without.len())
                .places(without.clone()),
        );
    } else if !page.images.is_empty() {
        items.push(Item::ok("images", "All images have an alternative text"));
    }
    let hidden: Vec<String> = page
        .images
        .iter()
        .filter(|image| spam::host(&image.src).is_none())
        .map(|image| image.src.clone())
        .collect();
    if !hidden.is_empty() {
        let title = so_many(hidden.len(), "image") + " that mail programs do not show";
        let detail =
            "An image of a mail needs an address that begins with https://. Upload it under files.";
        items.push(
            Item::new("images_unreachable", Level::Warning, title, detail)
                .count(hidden.len())
                .places(hidden.clone()),
        );
    }
}

fn readable(page: &Page, items: &mut Vec<Item>) {
    if page.faint.is_empty() {
        items.push(Item::ok(
            "contrast",
            "Text stands out from what is behind it",
        ));
        return;
    }
    let places: Vec<String> = page
        .faint
        .iter()
        .map(|one| {
            format!(
                "{} on {} ({:.1}:1): {}",
                color::hex(one.color),
                color::hex(one.background),
                one.ratio,
                one.text
            )
        })
        .collect();
    let title = so_many(places.len(), "pair") + " of colors that is hard to read";
    let detail = "Text needs a contrast of 4.5:1, large text of 3:1 (WCAG AA). Only colors of inline styles are looked at.";
    items.push(
        Item::new("contrast", Level::Warning, title, detail)
            .count(places.len())
            .places(places.clone()),
    );
}
