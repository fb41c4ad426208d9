//! Headers made to hurt: the message is poison, and the process, the connection and the channel live.

use kinoko_amqp_client::{
    Connection, Consumer, Fields, Message, Poison, Properties, Publish, Value, codec::Malformed,
};

use crate::{
    case::{Case, Test, consume, next, put, queue, test, to},
    proxy::Proxy,
    raw::Raw,
};

pub(crate) const TESTS: &[(&str, Test)] =
    &[test!("headers", nested_deep), test!("headers", large_and_many), test!("headers", garbage)];

/// A field with nothing in it, wrapped in so many tables or arrays.
fn nested(depth: usize, kind: u8) -> Vec<u8> {
    // Within a table a field has a name, which is as short as can be; within an array it has none.
    let step = if kind == b'F' { 6 } else { 5 };
    let mut bytes = Vec::with_capacity(depth * step + 2);
    if kind == b'A' {
        bytes.push(0);
    }
    for level in (0..depth).rev() {
        if kind == b'F' {
            bytes.push(0);
        }
        bytes.push(kind);
        let inside = level * step + if kind == b'F' { 2 } else { 1 };
        bytes.extend_from_slice(&(inside as u32).to_be_bytes());
    }
    if kind == b'F' {
        bytes.push(0);
    }
    bytes.push(b'V');
    bytes
}

/// Takes one, looks at all there is of it, and has it thrown away.
async fn rejected(consumer: &mut Consumer, body: &[u8]) -> (Message, Option<Poison>) {
    let delivery = next(consumer).await;
    let message = delivery.message().clone();
    let _ = format!("{delivery:?}");
    assert_eq!(&**message.body(), body);
    let poison = message.poison();
    delivery.reject().unwrap();
    (message, poison)
}

async fn nested_deep(case: Case) {
    // Or what is deeper than about 21,000 does not fit one frame.
    case.node().await.eval("application:set_env(rabbit, frame_max, 1048576).").await.unwrap();
    let mut options = case.options();
    options.config.frame_max = 1 << 20;
    let connection = Connection::connect_with(&options).await.unwrap();
    assert_eq!(connection.frame_max(), 1 << 20);
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    let mut raw = Raw::login(&options).await;
    // RabbitMQ 4 takes a time that grows with the square of the depth: 23 s were seen for 25,000.
    let is_quick = case.node().await.version().await.unwrap() < (4, 0);
    let deepest: &[usize] = if is_quick { &[25_000, 100_000] } else { &[5_000] };
    for kind in [b'F', b'A'] {
        for &depth in [2, 30, 33, 2_000].iter().chain(deepest) {
            raw.publish("queue", &nested(depth, kind), b"x").await;
            let (message, poison) = rejected(&mut consumer, b"x").await;
            let headers = message.properties().headers;
            if depth < 32 {
                assert_eq!(poison, None);
                assert!(matches!(
                    headers.and_then(|it| it.get("")),
                    Some(Value::Table(_) | Value::Array(_))
                ));
            } else {
                assert_eq!(poison, Some(Poison::Properties(Malformed::TooDeep)), "{depth}");
                assert_eq!(headers, None);
            }
        }
    }
    case.settles_at("queue", (0, 0)).await;
    put(&channel, &to("queue", "fine")).await;
    next(&mut consumer).await.ack().unwrap();
}

async fn large_and_many(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    let mut raw = Raw::login(&case.options()).await;
    let large = Fields::new().with("large", &*"x".repeat(130_000));
    // About as many as fit. RabbitMQ 4 keeps one of each name, and passes them on in their order. No
    // letters: `CC` would mean something.
    let names = (0x8000..0x8000 + 32_000_u16).map(u16::to_be_bytes);
    let many: Vec<u8> = names.flat_map(|[high, low]| [2, high, low, b'V']).collect();
    for (bytes, expected) in [
        (large.as_table().as_bytes(), None),
        (&many[..4 * 8192], None),
        (&many, Some(Poison::Properties(Malformed::TooManyFields))),
    ] {
        raw.publish("queue", bytes, b"x").await;
        let (message, poison) = rejected(&mut consumer, b"x").await;
        assert_eq!(poison, expected);
        let headers = message.properties().headers;
        assert_eq!(
            headers.map(|it| it.as_bytes().len()),
            expected.is_none().then_some(bytes.len())
        );
    }
}

/// The broker passes on no properties that it cannot read itself, so a proxy puts them there.
async fn garbage(case: Case) {
    let (proxy, options) = Proxy::before(&case.options()).await;
    let connection = Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    let mut consumer = consume(&channel, "queue").await;
    let placeholder = [0x5a; 200];
    let fields = Fields::new().with("garbage", Value::Bytes(&placeholder));
    let properties = Properties {
        headers: Some(fields.as_table()),
        message_id: Some("behind".into()),
        ..Properties::default()
    };
    let message = Publish { properties, ..to("queue", "x") };
    // With its flags, or only the table behind its length.
    let table = fields.as_table().as_bytes();
    let mut whole = Vec::from([0x20, 0x80]);
    whole.extend_from_slice(&(table.len() as u32).to_be_bytes());
    whole.extend_from_slice(table);
    let (mut state, mut poisoned) = (0x9e37_79b9_7f4a_7c15_u64, 0);
    for round in 0..600 {
        let from = if round % 2 == 0 { &whole[..] } else { table };
        let mut there = from.to_vec();
        for byte in &mut there {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // Letters of types and short lengths get further than anything does.
            let letters = b"VtbBsuIilLfdDTSxAFU\0\0\0\0\0\x01\x02\x03";
            let random = state.to_be_bytes();
            *byte = if round % 3 == 0 {
                random[0]
            } else {
                letters[usize::from(random[1]) % letters.len()]
            };
        }
        proxy.swap(from, &there);
        put(&channel, &message).await;
        let (message, poison) = rejected(&mut consumer, b"x").await;
        poisoned += usize::from(poison.is_some());
        if round % 2 == 1 && poison.is_some() {
            let properties = message.properties();
            assert_eq!(properties.headers, None);
            assert_eq!(properties.message_id, Some("behind".into()), "it can be read");
        }
    }
    println!("    {poisoned} of 600 were poison");
    assert!(poisoned > 500);
    case.settles_at("queue", (0, 0)).await;
    proxy.swap(b"\0", b"\0");
    put(&channel, &to("queue", "fine")).await;
    next(&mut consumer).await.ack().unwrap();
}
