//! [`Fingerprint`]: what tells whether two things are the same, without keeping them.

use std::hash::{BuildHasher, Hash, RandomState};

/// 128 bits of a hash.
pub(crate) type Fingerprint = [u64; 2];

/// Makes them, with keys that are drawn for each process: nobody can make two things of one fingerprint, and
/// among a billion the odds of there being two are one in 10^20.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fingerprints([RandomState; 2]);

impl Fingerprints {
    pub(crate) fn of(&self, it: &impl Hash) -> Fingerprint {
        self.0.each_ref().map(|hasher| hasher.hash_one(it))
    }
}
