//! Whether what is said of versions is so: what one service writes is really given to what another reads it with.
//!
//! The manifests are those of real services, and the judge knows nothing of schemas. Reading order: [`railway`] is the
//! system, [`sample`] has values of its types, [`script`] has its methods answer them, [`version`] forgets the types,
//! [`calls`] and [`meeting`] see who understands whom, [`system`] keeps it. [`pairs`] and [`environments`] hold what is
//! said against that, but for what is [`only_said`]; [`shown`] gives the values that are shown to who refuses them.

mod calls;
mod counted;
mod environments;
mod meeting;
mod only_said;
mod pairs;
#[expect(dead_code, unused_variables, reason = "what is read is not looked at: it was read")]
#[expect(unreachable_pub, reason = "each version is written as the crate that it would be")]
mod railway;
mod sample;
mod script;
mod shown;
mod system;
mod version;
