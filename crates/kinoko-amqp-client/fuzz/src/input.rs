//! [`Input`]: bytes that are looked at as decisions.

/// The bytes that are left. When there are none, every decision is zero.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Input<'a> {
        Input { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn u8(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    pub(crate) fn bit(&mut self) -> bool {
        self.u8() & 1 == 1
    }

    /// A channel's number: mostly one that may be open.
    pub(crate) fn channel(&mut self) -> u16 {
        u16::from(self.u8() % 5)
    }

    /// A tag or number of a publish: mostly a small one.
    pub(crate) fn tag(&mut self) -> u64 {
        match self.u8() {
            255 => u64::MAX,
            it => u64::from(it % 32),
        }
    }

    /// Some bytes, as many as the first of them says.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let count = self.u8();
        self.take(count.into())
    }

    /// A short name of which there are few, so that some are met again.
    pub(crate) fn name(&mut self) -> &'static str {
        ["", "a", "b", "k0", "k1", "k2"][usize::from(self.u8() % 6)]
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }
}
