//! [`Ledger`]: which tokens were given away, and that each comes back once.

use kinoko_amqp_client::protocol::Event;

/// For each token whether it came back.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    publishes: Vec<bool>,
    requests: Vec<bool>,
    closed: bool,
}

impl Ledger {
    pub(crate) fn publish(&mut self) -> u32 {
        give(&mut self.publishes)
    }

    pub(crate) fn request(&mut self) -> u32 {
        give(&mut self.requests)
    }

    pub(crate) fn publish_back(&mut self, token: u32) {
        back(&mut self.publishes, token, "publish");
    }

    pub(crate) fn request_back(&mut self, token: u32) {
        back(&mut self.requests, token, "request");
    }

    pub(crate) fn event(&mut self, event: &Event<u32, u32>) {
        assert!(!self.closed, "after the end comes {event:?}");
        match event {
            Event::Resolved(token, _) => self.publish_back(*token),
            Event::Answered(token, _) => self.request_back(*token),
            Event::Closed(_) => self.closed = true,
            _ => {}
        }
    }

    /// That it is over, and that nobody waits for ever.
    pub(crate) fn settled(&self) {
        assert!(self.closed, "it did not end");
        for (name, tokens) in [("publish", &self.publishes), ("request", &self.requests)] {
            let lost = tokens.iter().position(|it| !it);
            assert_eq!(lost, None, "a {name} never heard of its end");
        }
    }
}

fn give(tokens: &mut Vec<bool>) -> u32 {
    tokens.push(false);
    u32::try_from(tokens.len() - 1).expect("inputs are short")
}

fn back(tokens: &mut [bool], token: u32, what: &str) {
    let came = std::mem::replace(&mut tokens[token as usize], true);
    assert!(!came, "{what} {token} came back twice");
}
