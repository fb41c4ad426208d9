//! Bugs to be found: each can be switched on, in builds with the feature `planted` only, so that the
//! simulation can show that it would find it.

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The number of a publish is taken before its frames are queued.
    TagBeforeQueueing,
    /// A return is given to the first publish that waits, whatever came back.
    ReturnByPosition,
    /// A delivery is settled on whatever channel has its channel's number now.
    AckWithoutEpoch,
}

#[cfg(feature = "planted")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
    /// Where the frames of the last publish begin and end.
    static LAST: std::cell::Cell<(usize, usize)> = const { std::cell::Cell::new((0, 0)) };
}

/// Switches one on, or all off, for this thread.
#[cfg(feature = "planted")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether it is there.
#[cfg(feature = "planted")]
pub(crate) fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether it is there: it is not.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub(crate) const fn is(_: Bug) -> bool {
    false
}

/// Has the frames of a publish overtake those of the one before, when their numbers are given out.
#[cfg(feature = "planted")]
pub(crate) fn swap_frames(buffer: &mut [u8], start: usize) {
    let end = buffer.len();
    let (last_start, last_end) = LAST.replace((start, end));
    if is(Bug::TagBeforeQueueing) && last_end == start && last_start < start {
        buffer[last_start..end].rotate_left(start - last_start);
        LAST.set((0, 0));
    }
}

/// Does nothing.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub(crate) const fn swap_frames(_: &[u8], _: usize) {}
