//! What visitors see: the pages on which they book, and on which they look at, move and cancel what they booked.
//!
//! | address | what |
//! |---|---|
//! | `/book/PAGE` | what an account offers; `/book/PAGE/by/HOST` what one of its hosts does |
//! | `/book/PAGE/SLUG` | the days and times of an event type, and with `start` the form |
//! | `/book/PAGE/SLUG/wait` | the form for who waits for a place; `/waiting/TOKEN` how they stop |
//! | `/book-to/ACCOUNT/ID` | leads from mails to the page of an event type, whatever it is called by now |
//! | `/booking/TOKEN` | a booking; below it `calendar.ics`, `reschedule`, `cancel` |
//! | `/embed.js` | shows these pages inside of others |
//!
//! The server writes whole pages in the visitor's language and time zone; a small script makes them smoother and is not
//! needed. The first two also come as Markdown and as JSON, by `Accept` or with `.md` and `.json` behind the address.
//!
//! Invariants:
//!
//! - a GET changes nothing: scanners of mail follow every link;
//! - a POST comes from a page of ours, with a form that we made for this account lately;
//! - whoever asks too much from one address has to wait, without a third party's help;
//! - which sites may show a page inside of theirs is the event type's list, enforced by the browser;
//! - no cookie, no storage but an id in the tab that tells its holds from those of others.

mod fields;
mod form;
mod guard;
mod markdown;
mod pages;
mod picker;
pub(crate) mod routes;
mod texts;
mod view;
mod waiting;

pub(crate) use fields::encoded;
pub use routes::routes;
pub(crate) use texts::Words;
pub(crate) use view::place;
