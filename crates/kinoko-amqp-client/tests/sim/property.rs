//! [`Property`]: what has to hold in every run, by name.

/// What has to hold. Whoever finds that it does not says so by
/// [`World::fail`](crate::world::World::fail).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Property {
    /// Confirmed means that the broker took it: it is in every queue that wants it.
    ConfirmedIsTrue,
    /// Returned means that it was mandatory and no queue wants it.
    ReturnedIsTrue,
    /// Nacked means that a queue refused it.
    NackedIsTrue,
    /// A message goes to those queues that it was expected to go to, and to no other.
    RoutedAsWritten,
    /// An error instead of an outcome means that the broker never sees it.
    NotSentIsTrue,
    /// An outcome is unknown only when the channel or the connection died.
    UnknownOnlyAfterDeath,
    /// What was sent arrives, unless the connection or its channel died; and once.
    SentArrivesOnce,
    /// What one task submits arrives in that order.
    OrderOfSubmitting,
    /// What the broker is told of a delivery is what the application said of that message.
    SettledIsTheSame,
    /// The broker is never told of a delivery it does not know.
    NoUnknownTag,
    /// A delivery can be settled for as long as its channel is open, whatever became of its consumer, and
    /// not when its connection is over.
    SettledWhileOpen,
    /// What was settled, and not stale, reaches a broker that stays.
    SettledArrives,
    /// When nobody has a delivery any more, the broker has it back.
    NothingHeld,
    /// Everything ends within the time it is given.
    NothingHangs,
    /// What waits to be sent stays within its limits.
    OutputIsBounded,
    /// No more bytes wait for consumers that need not acknowledge them than may, but for what one read
    /// brought.
    UndeliveredIsBounded,
    /// While less waits than may, a connection is read.
    ReadingGoesOn,
    /// No more publishes are without an outcome than may be.
    UnconfirmedIsBounded,
    /// No more deliveries wait than the prefetch allows.
    DeliveriesAreBounded,
    /// What a consumer is given is what was published to its queue, whole.
    DeliveredIsWhole,
    /// A side that is idle shows that it lives.
    HeartbeatsAreSent,
    /// After all faults, messages are published and consumed as ever.
    WorksAfterwards,
    /// What was accepted was acknowledged, rejected, or is still there.
    AllAccountedFor,
    /// Frames are well-formed, methods stand where they may.
    KeepsToTheProtocol,
    /// Nothing panics.
    NoPanic,
}
