//! Chance without a generator: a hash of what is decided about, the same on every node and in every replay.

use crate::definition::StepId;
use crate::ids::RunId;

/// Scatters 64 bits (the finalizer of SplitMix64).
pub(crate) const fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What decides chance in one step of one run.
pub(crate) fn seed(run: RunId, seq: i64) -> u64 {
    mix(mix(run.get() as u64) ^ seq as u64)
}

/// In which place from 0 to below `parts` a contact falls at a step, in every run and version.
pub(crate) fn place(contact: i64, step: &StepId, parts: u64) -> u64 {
    // FNV-1a: it need not resist anybody, only be the same for ever.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in step.as_str().bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    mix(mix(contact as u64) ^ hash)
        .checked_rem(parts)
        .unwrap_or(0)
}
