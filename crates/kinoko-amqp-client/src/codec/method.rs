//! The table of the protocol: every method, its arguments, and what answers it.
//!
//! From AMQP 0-9-1's `amqp0-9-1.extended.xml` and RabbitMQ's extensions to it (`confirm`,
//! `basic.nack`, `exchange.bind`, `connection.blocked`, `connection.update-secret`). Not here are the
//! class `tx`, for which confirms do better, and `access`, which RabbitMQ ignores. A line reads
//!
//! ```text
//! Name<'a> = class method "name.on-the-wire" => [methods of the class that answer it] { arguments }
//! ```
//!
//! and there is nothing else to say of a method: reading, writing and printing it come from its line.
//!
//! Some look like slips and are not: `exchange.unbind-ok` is number 51, `queue.unbind` has no `no-wait`,
//! `channel.open-ok` has a long string and `connection.open-ok` a short one, which nobody uses.

use super::{Malformed, Reader, Table, Text, Unencodable, Writer, read::Field};

macro_rules! methods {
    ($a:lifetime $(
        $name:ident$(<$lt:lifetime>)? = $class:literal $id:literal $wire:literal
        $(=> [$($answer:literal),*])? { $($field:ident: $type:ty),* $(,)? }
    )*) => {
        $(
            #[doc = concat!("`", $wire, "`.")]
            #[derive(Debug, Clone, Copy, Default, PartialEq)]
            pub struct $name$(<$lt>)? {
                $(#[doc = concat!("The specification's `", stringify!($field), "`.")] pub $field: $type,)*
            }

            impl<$a> From<$name$(<$lt>)?> for Method<$a> {
                fn from(it: $name$(<$lt>)?) -> Method<$a> {
                    Method::$name(it)
                }
            }
        )*

        /// Any method.
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[non_exhaustive]
        pub enum Method<$a> {
            $(#[doc = concat!("`", $wire, "`.")] $name($name$(<$lt>)?),)*
        }

        impl<$a> Method<$a> {
            /// Reads the payload of a method frame.
            ///
            /// # Errors
            /// When there is no such method, or its arguments are not whole.
            pub fn read(payload: &$a [u8]) -> Result<Method<$a>, Malformed> {
                let mut from = Reader::new(payload);
                let (class, method) = (from.u16()?, from.u16()?);
                let read = match (class, method) {
                    $(($class, $id) => {
                        $(let $field = <$type as Field<$a>>::read(&mut from)?;)*
                        Method::$name($name { $($field),* })
                    })*
                    _ => return Err(Malformed::UnknownMethod { class, method }),
                };
                from.end()?;
                Ok(read)
            }

            /// The numbers of its class and of itself in the class.
            pub fn id(&self) -> (u16, u16) {
                match self { $(Method::$name(_) => ($class, $id),)* }
            }

            /// Its name as the specification has it: `queue.declare`.
            pub fn name(&self) -> &'static str {
                match self { $(Method::$name(_) => $wire,)* }
            }

            /// The methods of the same class that answer it; none when nothing does.
            pub fn answers(&self) -> &'static [u16] {
                match self { $(Method::$name(_) => &[$($($answer),*)?],)* }
            }

            pub(crate) fn write(&self, to: &mut Writer<'_>) -> Result<(), Unencodable> {
                let (class, method) = self.id();
                to.bytes(&class.to_be_bytes());
                to.bytes(&method.to_be_bytes());
                match self {
                    $(Method::$name($name { $($field),* }) => { $($field.write(to)?;)* })*
                }
                Ok(())
            }
        }
    };
}

methods! { 'a
    ConnectionStart<'a> = 10 10 "connection.start" => [11] {
        version_major: u8, version_minor: u8, server_properties: Table<'a>, mechanisms: Long<'a>, locales: Long<'a>,
    }
    ConnectionStartOk<'a> = 10 11 "connection.start-ok" {
        client_properties: Table<'a>, mechanism: Text<'a>, response: Secret<'a>, locale: Text<'a>,
    }
    ConnectionSecure<'a> = 10 20 "connection.secure" => [21] { challenge: Long<'a> }
    ConnectionSecureOk<'a> = 10 21 "connection.secure-ok" { response: Secret<'a> }
    ConnectionTune = 10 30 "connection.tune" => [31] { channel_max: u16, frame_max: u32, heartbeat: u16 }
    ConnectionTuneOk = 10 31 "connection.tune-ok" { channel_max: u16, frame_max: u32, heartbeat: u16 }
    ConnectionOpen<'a> = 10 40 "connection.open" => [41] { virtual_host: Text<'a>, reserved_1: Text<'a>, reserved_2: bool }
    ConnectionOpenOk<'a> = 10 41 "connection.open-ok" { reserved_1: Text<'a> }
    ConnectionClose<'a> = 10 50 "connection.close" => [51] {
        reply_code: u16, reply_text: Text<'a>, class_id: u16, method_id: u16,
    }
    ConnectionCloseOk = 10 51 "connection.close-ok" {}
    ConnectionBlocked<'a> = 10 60 "connection.blocked" { reason: Text<'a> }
    ConnectionUnblocked = 10 61 "connection.unblocked" {}
    ConnectionUpdateSecret<'a> = 10 70 "connection.update-secret" => [71] { new_secret: Secret<'a>, reason: Text<'a> }
    ConnectionUpdateSecretOk = 10 71 "connection.update-secret-ok" {}

    ChannelOpen<'a> = 20 10 "channel.open" => [11] { reserved_1: Text<'a> }
    ChannelOpenOk<'a> = 20 11 "channel.open-ok" { reserved_1: Long<'a> }
    ChannelFlow = 20 20 "channel.flow" => [21] { active: bool }
    ChannelFlowOk = 20 21 "channel.flow-ok" { active: bool }
    ChannelClose<'a> = 20 40 "channel.close" => [41] {
        reply_code: u16, reply_text: Text<'a>, class_id: u16, method_id: u16,
    }
    ChannelCloseOk = 20 41 "channel.close-ok" {}

    ExchangeDeclare<'a> = 40 10 "exchange.declare" => [11] {
        reserved_1: u16, exchange: Text<'a>, kind: Text<'a>, passive: bool, durable: bool, auto_delete: bool,
        internal: bool, no_wait: bool, arguments: Table<'a>,
    }
    ExchangeDeclareOk = 40 11 "exchange.declare-ok" {}
    ExchangeDelete<'a> = 40 20 "exchange.delete" => [21] {
        reserved_1: u16, exchange: Text<'a>, if_unused: bool, no_wait: bool,
    }
    ExchangeDeleteOk = 40 21 "exchange.delete-ok" {}
    ExchangeBind<'a> = 40 30 "exchange.bind" => [31] {
        reserved_1: u16, destination: Text<'a>, source: Text<'a>, routing_key: Text<'a>, no_wait: bool,
        arguments: Table<'a>,
    }
    ExchangeBindOk = 40 31 "exchange.bind-ok" {}
    ExchangeUnbind<'a> = 40 40 "exchange.unbind" => [51] {
        reserved_1: u16, destination: Text<'a>, source: Text<'a>, routing_key: Text<'a>, no_wait: bool,
        arguments: Table<'a>,
    }
    ExchangeUnbindOk = 40 51 "exchange.unbind-ok" {}

    QueueDeclare<'a> = 50 10 "queue.declare" => [11] {
        reserved_1: u16, queue: Text<'a>, passive: bool, durable: bool, exclusive: bool, auto_delete: bool,
        no_wait: bool, arguments: Table<'a>,
    }
    QueueDeclareOk<'a> = 50 11 "queue.declare-ok" { queue: Text<'a>, message_count: u32, consumer_count: u32 }
    QueueBind<'a> = 50 20 "queue.bind" => [21] {
        reserved_1: u16, queue: Text<'a>, exchange: Text<'a>, routing_key: Text<'a>, no_wait: bool, arguments: Table<'a>,
    }
    QueueBindOk = 50 21 "queue.bind-ok" {}
    QueuePurge<'a> = 50 30 "queue.purge" => [31] { reserved_1: u16, queue: Text<'a>, no_wait: bool }
    QueuePurgeOk = 50 31 "queue.purge-ok" { message_count: u32 }
    QueueDelete<'a> = 50 40 "queue.delete" => [41] {
        reserved_1: u16, queue: Text<'a>, if_unused: bool, if_empty: bool, no_wait: bool,
    }
    QueueDeleteOk = 50 41 "queue.delete-ok" { message_count: u32 }
    QueueUnbind<'a> = 50 50 "queue.unbind" => [51] {
        reserved_1: u16, queue: Text<'a>, exchange: Text<'a>, routing_key: Text<'a>, arguments: Table<'a>,
    }
    QueueUnbindOk = 50 51 "queue.unbind-ok" {}

    BasicQos = 60 10 "basic.qos" => [11] { prefetch_size: u32, prefetch_count: u16, global: bool }
    BasicQosOk = 60 11 "basic.qos-ok" {}
    BasicConsume<'a> = 60 20 "basic.consume" => [21] {
        reserved_1: u16, queue: Text<'a>, consumer_tag: Text<'a>, no_local: bool, no_ack: bool, exclusive: bool,
        no_wait: bool, arguments: Table<'a>,
    }
    BasicConsumeOk<'a> = 60 21 "basic.consume-ok" { consumer_tag: Text<'a> }
    BasicCancel<'a> = 60 30 "basic.cancel" => [31] { consumer_tag: Text<'a>, no_wait: bool }
    BasicCancelOk<'a> = 60 31 "basic.cancel-ok" { consumer_tag: Text<'a> }
    BasicPublish<'a> = 60 40 "basic.publish" {
        reserved_1: u16, exchange: Text<'a>, routing_key: Text<'a>, mandatory: bool, immediate: bool,
    }
    BasicReturn<'a> = 60 50 "basic.return" {
        reply_code: u16, reply_text: Text<'a>, exchange: Text<'a>, routing_key: Text<'a>,
    }
    BasicDeliver<'a> = 60 60 "basic.deliver" {
        consumer_tag: Text<'a>, delivery_tag: u64, redelivered: bool, exchange: Text<'a>, routing_key: Text<'a>,
    }
    BasicGet<'a> = 60 70 "basic.get" => [71, 72] { reserved_1: u16, queue: Text<'a>, no_ack: bool }
    BasicGetOk<'a> = 60 71 "basic.get-ok" {
        delivery_tag: u64, redelivered: bool, exchange: Text<'a>, routing_key: Text<'a>, message_count: u32,
    }
    BasicGetEmpty<'a> = 60 72 "basic.get-empty" { reserved_1: Text<'a> }
    BasicAck = 60 80 "basic.ack" { delivery_tag: u64, multiple: bool }
    BasicReject = 60 90 "basic.reject" { delivery_tag: u64, requeue: bool }
    BasicRecover = 60 110 "basic.recover" => [111] { requeue: bool }
    BasicRecoverOk = 60 111 "basic.recover-ok" {}
    BasicNack = 60 120 "basic.nack" { delivery_tag: u64, multiple: bool, requeue: bool }

    ConfirmSelect = 85 10 "confirm.select" => [11] { no_wait: bool }
    ConfirmSelectOk = 85 11 "confirm.select-ok" {}
}

/// What AMQP calls a long string.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Long<'a>(pub &'a [u8]);

/// A long string that is not for showing.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Secret<'a>(pub &'a [u8]);

impl std::fmt::Debug for Long<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// How each type of argument is read and written.
macro_rules! fields {
    ($($type:ty: $read:ident, |$it:ident, $to:ident| $write:expr;)*) => {$(
        impl<'a> Field<'a> for $type {
            fn read(from: &mut Reader<'a>) -> Result<Self, Malformed> {
                from.$read().map(Into::into)
            }

            fn write(&self, $to: &mut Writer<'_>) -> Result<(), Unencodable> {
                let $it = self;
                $write
            }
        }
    )*};
}

fields! {
    bool: bit, |it, to| { to.bit(*it); Ok(()) };
    u8: u8, |it, to| { to.bytes(&[*it]); Ok(()) };
    u16: u16, |it, to| { to.bytes(&it.to_be_bytes()); Ok(()) };
    u32: u32, |it, to| { to.bytes(&it.to_be_bytes()); Ok(()) };
    u64: u64, |it, to| { to.bytes(&it.to_be_bytes()); Ok(()) };
    Text<'a>: short_string, |it, to| to.short_string(*it);
    Long<'a>: long_string, |it, to| to.long_string(it.0);
    Secret<'a>: long_string, |it, to| to.long_string(it.0);
    Table<'a>: table, |it, to| to.long_string(&it.to_send()?);
}

impl<'a> From<&'a [u8]> for Long<'a> {
    fn from(bytes: &'a [u8]) -> Long<'a> {
        Long(bytes)
    }
}

impl<'a> From<&'a [u8]> for Secret<'a> {
    fn from(bytes: &'a [u8]) -> Secret<'a> {
        Secret(bytes)
    }
}
