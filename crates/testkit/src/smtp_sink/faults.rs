//! What goes wrong, where and how often.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// A rule of misbehavior.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Where.
    pub step: Step,
    /// How often.
    pub when: When,
    /// What.
    pub action: Action,
}

/// The points of a session at which a fault can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// In place of the greeting.
    Connect,
    /// At EHLO or HELO.
    Hello,
    /// At STARTTLS.
    StartTls,
    /// At AUTH.
    Auth,
    /// At MAIL.
    Mail,
    /// At RCPT.
    Rcpt,
    /// At DATA.
    Data,
    /// When the first bytes of the message are there.
    Body,
    /// When the whole message is there, in place of its reply.
    Dot,
    /// At QUIT.
    Quit,
}

/// Decides by address and number of attempt.
pub type AddressTest = dyn Fn(&str, u32) -> bool + Send + Sync;

/// How often a fault happens.
#[derive(Clone)]
pub enum When {
    /// Each time.
    Always,
    /// The first so many times.
    First(u64),
    /// Each so manieth time: `Every(3)` is the third, the sixth and so on.
    Every(u64),
    /// Only the so manieth time.
    Only(u64),
    /// Each so manieth address, counted when an address is first seen, for its first `attempts` attempts.
    /// Works at RCPT, and at the steps after it for the last address given.
    EveryAddress {
        /// Each so manieth.
        nth: u64,
        /// `u32::MAX` is for ever.
        attempts: u32,
    },
    /// If this says so about the address and the number of its attempt, from 1. Works where `EveryAddress` does.
    Address(Arc<AddressTest>),
}

impl When {
    /// The first `attempts` attempts of addresses that begin with `prefix`.
    pub fn prefix(prefix: impl Into<String>, attempts: u32) -> Self {
        let prefix = prefix.into();
        Self::Address(Arc::new(move |address, attempt| {
            attempt <= attempts && address.starts_with(&prefix)
        }))
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("Always"),
            Self::First(n) => write!(f, "First({n})"),
            Self::Every(n) => write!(f, "Every({n})"),
            Self::Only(n) => write!(f, "Only({n})"),
            Self::EveryAddress { nth, attempts } => {
                write!(f, "EveryAddress({nth}, {attempts} attempts)")
            }
            Self::Address(_) => f.write_str("Address(..)"),
        }
    }
}

/// What happens instead of the ordinary reply.
#[derive(Clone, Debug)]
pub enum Action {
    /// This refusal, without line end. The command has no effect.
    Reply(String),
    /// This refusal, and the end of the connection.
    ReplyThenClose(String),
    /// The end of the connection, without a word.
    Close,
    /// At [`Step::Dot`]: the message is accepted, but the connection ends before the client hears of it.
    AcceptThenClose,
    /// Exactly these bytes; otherwise all goes on as if they had been the ordinary reply.
    Raw(Vec<u8>),
    /// Silence until the client gives up.
    Stall,
    /// The ordinary reply, one byte at a time with this pause between.
    Trickle(Duration),
}

impl Action {
    /// A refusal, such as `450 4.2.1 try later`.
    pub fn reply(text: impl Into<String>) -> Self {
        Self::Reply(text.into())
    }

    /// A reply line of `length` bytes with the code of a success.
    pub fn long_line(length: usize) -> Self {
        let mut line = b"250 ".to_vec();
        line.resize(length, b'x');
        line.extend_from_slice(b"\r\n");
        Self::Raw(line)
    }
}

/// The address a step is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    pub(super) address: String,
    /// The how manieth address it is, from 1.
    ordinal: u64,
    /// The how manieth attempt at it, from 1.
    attempt: u32,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    reached: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Faults {
    any: AtomicBool,
    rules: RwLock<Arc<Vec<Rule>>>,
    /// Ordinal and attempts of each address seen while there were faults.
    seen: Mutex<HashMap<String, (u64, u32)>>,
    deferred: AtomicU64,
    refused: AtomicU64,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        let this = Self {
            any: AtomicBool::new(false),
            rules: RwLock::default(),
            seen: Mutex::default(),
            deferred: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        };
        this.replace(faults);
        this
    }

    pub(super) fn replace(&self, faults: Vec<Fault>) {
        self.any.store(!faults.is_empty(), Ordering::SeqCst);
        let rules = faults
            .into_iter()
            .map(|fault| Rule {
                fault,
                reached: AtomicU64::new(0),
            })
            .collect();
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// 4xx and 5xx answers given so far.
    pub(super) fn counts(&self) -> (u64, u64) {
        (
            self.deferred.load(Ordering::SeqCst),
            self.refused.load(Ordering::SeqCst),
        )
    }

    /// Counts an attempt at an address.
    pub(super) fn attempt(&self, address: &str) -> Subject {
        if !self.any.load(Ordering::Relaxed) {
            return Subject::default();
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let next = seen.len() as u64 + 1;
        let (ordinal, attempt) = seen.entry(address.to_owned()).or_insert((next, 0));
        *attempt += 1;
        Subject {
            address: address.to_owned(),
            ordinal: *ordinal,
            attempt: *attempt,
        }
    }

    /// What to do at a step, if anything is to go wrong there.
    pub(super) fn at(&self, step: Step, subject: &Subject) -> Option<Action> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let rules = Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner));
        let rule = rules
            .iter()
            .filter(|rule| rule.fault.step == step)
            .find(|rule| rule.applies(subject))?;
        let action = rule.fault.action.clone();
        if let Action::Reply(text) | Action::ReplyThenClose(text) = &action {
            match text.as_bytes().first() {
                Some(b'4') => self.deferred.fetch_add(1, Ordering::SeqCst),
                Some(b'5') => self.refused.fetch_add(1, Ordering::SeqCst),
                _ => 0,
            };
        }
        Some(action)
    }
}

impl Rule {
    fn applies(&self, subject: &Subject) -> bool {
        let time = self.reached.fetch_add(1, Ordering::SeqCst) + 1;
        match &self.fault.when {
            When::Always => true,
            When::First(n) => time <= *n,
            When::Every(n) => *n > 0 && time.is_multiple_of(*n),
            When::Only(n) => time == *n,
            When::EveryAddress { nth, attempts } => {
                subject.ordinal > 0
                    && *nth > 0
                    && subject.ordinal.is_multiple_of(*nth)
                    && subject.attempt <= *attempts
            }
            When::Address(chosen) => {
                subject.ordinal > 0 && chosen(&subject.address, subject.attempt)
            }
        }
    }
}
