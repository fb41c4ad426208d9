//! [`ONLY_SAID`]: what is said to break and does not.

use crate::meeting::Way;

/// A reader that takes more than its schema says, or a writer that writes less, and where that is so.
pub(crate) struct OnlySaid {
    pub(crate) why: &'static str,
    /// Consumer, provider, subject, and who writes.
    pub(crate) places: &'static [(&'static str, &'static str, &'static str, Way)],
}

/// All of these are said too much and none too little: what could be deployed is not.
pub(crate) const ONLY_SAID: &[OnlySaid] = &[OnlySaid {
    why: "serde reads a struct from a list of as many values too; its schema is that of an object",
    places: &[
        ("seats 1", "tickets 3", "tickets.refunded", Way::Event),
        ("seats 2", "tickets 3", "tickets.refunded", Way::Event),
        ("tickets 1", "seats 3", "seats.released", Way::Event),
    ],
}];
