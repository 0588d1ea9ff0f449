//! What stands before a service: who may come in, how often, and what became of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::http::{Answer, Call};
use super::sign_in::SignIn;

/// Of a fake. Clones are of the same one.
#[derive(Clone, Debug)]
pub struct Door(Arc<Mutex<Inside>>);

#[derive(Debug)]
struct Inside {
    sign_in: SignIn,
    generation: u64,
    refusals: VecDeque<Answer>,
    letters: usize,
    requests: usize,
}

impl Door {
    pub(super) fn new(sign_in: SignIn) -> Self {
        Self(Arc::new(Mutex::new(Inside {
            sign_in,
            generation: 1,
            refusals: VecDeque::new(),
            letters: 0,
            requests: 0,
        })))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody follows this address and says yes, but for a part of it if `unticked` names one: where they come back to.
    pub fn approve(&self, url: &str, unticked: Option<&str>) -> String {
        self.inside().sign_in.approve(url, unticked)
    }

    /// They take the permission back.
    pub fn revoke(&self) {
        self.inside().sign_in.revoke();
    }

    /// Ends access tokens before their time.
    pub fn expire_access(&self) {
        self.inside().sign_in.expire();
    }

    /// All sync tokens given so far are dead.
    pub fn forget_sync_tokens(&self) {
        self.inside().generation += 1;
    }

    /// How many people were written to.
    pub fn letters(&self) -> usize {
        self.inside().letters
    }

    /// How often it was asked, tokens not counted.
    pub fn requests(&self) -> usize {
        self.inside().requests
    }

    /// The next calls get this.
    pub(super) fn refuse(&self, times: usize, answer: &Answer) {
        let answers = std::iter::repeat_n(answer.clone(), times);
        self.inside().refusals.extend(answers);
    }

    pub(super) fn write_to(&self, people: usize) {
        self.inside().letters += people;
    }

    /// Of sync tokens.
    pub(super) fn generation(&self) -> u64 {
        self.inside().generation
    }

    /// The endpoint of tokens.
    pub(super) fn token(&self, call: &Call) -> Answer {
        self.inside().sign_in.token(call)
    }

    /// Why a call does not come in: it is one too many, or nobody's who may, who get `stranger`.
    pub(super) fn keeps_out(&self, call: &Call, stranger: Answer) -> Option<Answer> {
        let mut inside = self.inside();
        inside.requests += 1;
        if let Some(refusal) = inside.refusals.pop_front() {
            return Some(refusal);
        }
        (!inside.sign_in.lets_in(call)).then_some(stranger)
    }
}
