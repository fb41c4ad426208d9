//! [`Properties`]: what a message carries beside its body.

use super::{Malformed, Reader, Table, Text, Unencodable, Writer, read::Field, value::ShortTag};

macro_rules! properties {
    ($($(#[$doc:meta])* $bit:literal $name:ident: $type:ty = $read:ident,)*) => {
        /// The properties of class `basic`. They borrow: those of a message received, its buffer; those of
        /// one to be sent, what they were made of.
        ///
        /// ```
        /// use kinoko_amqp_client::Properties;
        ///
        /// let properties = Properties {
        ///     content_type: Some("application/json".into()),
        ///     delivery_mode: Some(Properties::PERSISTENT),
        ///     ..Properties::default()
        /// };
        /// # assert!(properties.headers.is_none());
        /// ```
        #[derive(Debug, Clone, Copy, Default, PartialEq, Hash)]
        pub struct Properties<'a> {
            $($(#[$doc])* pub $name: Option<$type>,)*
        }

        impl<'a> Properties<'a> {
            /// Those that are there, as a line.
            pub(crate) fn in_short(&self) -> String {
                let mut line = Vec::new();
                $(if let Some(it) = &self.$name {
                    line.push(format!("{}={it:?}", stringify!($name)));
                })*
                line.join(" ")
            }

            fn flags(&self) -> u16 {
                $(u16::from(self.$name.is_some()) << $bit |)* 0
            }

            pub(crate) fn write(&self, to: &mut Writer<'_>) -> Result<(), Unencodable> {
                self.flags().write(to)?;
                $(if let Some(it) = &self.$name { Field::write(it, to)?; })*
                Ok(())
            }

            fn read_flagged(
                &mut self,
                flags: u16,
                from: &mut Reader<'a>,
                tables: &mut Tables,
            ) -> Result<(), Malformed> {
                $(if flags & 1 << $bit != 0 { self.$name = $read(from, tables)?; })*
                Ok(())
            }
        }
    };
}

properties! {
    /// The MIME type of the body.
    15 content_type: Text<'a> = value,
    /// How the body is encoded: `utf-8`, `gzip`.
    14 content_encoding: Text<'a> = value,
    /// The headers.
    13 headers: Table<'a> = headers,
    /// Whether the message outlives the broker: [`TRANSIENT`](Properties::TRANSIENT) or
    /// [`PERSISTENT`](Properties::PERSISTENT).
    12 delivery_mode: u8 = value,
    /// Its priority, for queues that have any.
    11 priority: u8 = value,
    /// Which request it answers.
    10 correlation_id: Text<'a> = value,
    /// Where the answer is to go.
    9 reply_to: Text<'a> = value,
    /// After how many milliseconds it is of no use any more, in digits.
    8 expiration: Text<'a> = value,
    /// What tells it from all others.
    7 message_id: Text<'a> = value,
    /// When it was sent, in seconds since 1970.
    6 timestamp: u64 = value,
    /// What kind of message it is.
    5 kind: Text<'a> = value,
    /// The user who sent it. The broker refuses one that is not the connection's.
    4 user_id: Text<'a> = value,
    /// The application that sent it.
    3 app_id: Text<'a> = value,
    /// Nobody uses it.
    2 cluster_id: Text<'a> = value,
}

/// The flag nobody has given a meaning.
const UNKNOWN: u16 = 0b10;
/// That more flags follow. There are none that mean anything.
const MORE: u16 = 0b1;

impl<'a> Properties<'a> {
    /// A message that goes with the broker.
    pub const TRANSIENT: u8 = 1;
    /// A message that outlives the broker, in a queue that does.
    pub const PERSISTENT: u8 = 2;

    /// Reads what can be read, and says what could not.
    ///
    /// Headers that are malformed, too deep or too long are left out, and the properties behind them
    /// are read all the same.
    pub(crate) fn read(bytes: &'a [u8]) -> (Properties<'a>, Option<Malformed>) {
        let mut tables = Tables::Unknown(None);
        let (properties, problem) = Properties::read_with(bytes, &mut tables);
        match tables {
            Tables::Unknown(Some(first)) => (properties, Some(first)),
            _ => (properties, problem),
        }
    }

    /// Reads properties once more that were found to be without a fault, with how their headers mean `s`.
    pub(crate) fn read_again(bytes: &'a [u8], short: ShortTag) -> Properties<'a> {
        Properties::read_with(bytes, &mut Tables::Known(short)).0
    }

    fn read_with(bytes: &'a [u8], tables: &mut Tables) -> (Properties<'a>, Option<Malformed>) {
        let mut properties = Properties::default();
        let mut from = Reader::new(bytes);
        let read = from.u16().and_then(|flags| {
            let (mut unknown, mut last) = (flags & UNKNOWN, flags);
            while last & MORE != 0 {
                last = from.u16()?;
                unknown |= last & !MORE;
            }
            if unknown != 0 {
                return Err(Malformed::UnknownProperty);
            }
            properties.read_flagged(flags, &mut from, tables)?;
            from.end()
        });
        (properties, read.err())
    }
}

/// What is known of the headers before they are read.
enum Tables {
    /// Nothing; and in the end what is wrong with them.
    Unknown(Option<Malformed>),
    /// They are well-formed, and mean this by `s`.
    Known(ShortTag),
}

fn value<'a, T: Field<'a>>(from: &mut Reader<'a>, _: &mut Tables) -> Result<Option<T>, Malformed> {
    T::read(from).map(Some)
}

fn headers<'a>(from: &mut Reader<'a>, tables: &mut Tables) -> Result<Option<Table<'a>>, Malformed> {
    let bytes = from.long_string()?;
    match tables {
        Tables::Known(short) => Ok(Some(Table::trusted(bytes, *short))),
        Tables::Unknown(problem) => match Table::parse(bytes) {
            Ok(table) => Ok(Some(table)),
            Err(err) => {
                *problem = Some(err);
                Ok(None)
            }
        },
    }
}
