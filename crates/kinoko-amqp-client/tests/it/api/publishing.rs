//! Bodies of every size, and what comes back.

use bytes::Bytes;
use kinoko_amqp_client::{ErrorKind, Outcome, Publish, codec::FRAME_OVERHEAD};

use crate::case::{Case, Test, consume, failed, next, put, queue, soon, test, to};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("publishing", bodies_of_every_size),
    test!("publishing", the_outcome_of_every_kind_of_message),
    test!("publishing", what_was_sent_without_asking_comes_back),
    test!("publishing", who_does_not_wait_is_told_that_it_is_full),
    test!("publishing", a_name_too_long_is_not_sent),
];

/// Bytes that repeat in no way a lost or doubled frame would hide behind.
fn pattern(size: usize) -> Bytes {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut body = Vec::with_capacity(size + 8);
    while body.len() < size {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        body.extend_from_slice(&state.to_be_bytes());
    }
    body.truncate(size);
    body.into()
}

async fn bodies_of_every_size(case: Case) {
    for asked in [4096, 128 * 1024] {
        let mut options = case.options();
        options.config.frame_max = asked;
        let connection = kinoko_amqp_client::Connection::connect_with(&options).await.unwrap();
        let frame_max = connection.frame_max() as usize;
        assert_eq!(frame_max, asked as usize);
        let channel = connection.open_channel().await.unwrap();
        queue(&channel, "queue").await;
        let mut consumer = consume(&channel, "queue").await;
        let most = frame_max - FRAME_OVERHEAD;
        for size in [0, 1, most, most + 1, 2 * most, 2 * most + 1, 1 << 20, 16 << 20] {
            let body = pattern(size);
            put(&channel, &Publish { body: body.clone(), ..to("queue", "") }).await;
            let delivery = next(&mut consumer).await;
            assert!(*delivery.message().body() == body, "{size} bytes");
            delivery.ack().unwrap();
        }
        connection.close().await;
    }
}

async fn the_outcome_of_every_kind_of_message(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let full = kinoko_amqp_client::QueueDeclaration {
        name: "full",
        arguments: kinoko_amqp_client::Fields::new()
            .with("x-max-length", 0)
            .with("x-overflow", "reject-publish"),
        ..Default::default()
    };
    channel.declare_queue(&full).await.unwrap();
    let optional = |key| Publish { mandatory: false, ..to(key, "x") };
    for (message, expected) in [
        (to("queue", "x"), "Confirmed"),
        (optional("queue"), "Confirmed"),
        (to("absent", "x"), "Returned"),
        (optional("absent"), "Confirmed"),
        (to("full", "x"), "Nacked"),
    ] {
        let outcome = soon("an outcome", channel.publish(&message)).await.unwrap();
        assert!(format!("{outcome:?}").starts_with(expected), "{message:?}: {outcome:?}");
        if let Outcome::Returned(error) = outcome {
            assert_eq!((error.kind(), error.code().unwrap().code), (ErrorKind::NotFound, 312));
        }
    }
    // Nobody has to wait for an outcome.
    drop(channel.submit(&to("queue", "dropped")).await.unwrap());
    put(&channel, &to("queue", "after")).await;
    assert_eq!(channel.purge_queue("queue").await, Ok(4));
}

async fn what_was_sent_without_asking_comes_back(case: Case) {
    let channel = case.channel().await;
    for confirms in [false, true] {
        let mut returns = channel.returns();
        channel.send(&to("absent", "lost")).await.unwrap();
        let returned = soon("it comes back", returns.next()).await.unwrap();
        assert_eq!(returned.error.code().unwrap().code, 312);
        assert_eq!(&**returned.message.body(), b"lost");
        assert_eq!(returned.message.routing_key(), "absent");
        if !confirms {
            // From here on with confirms, which the outcome of another must not be mixed up with.
            let outcome = channel.publish(&to("absent", "asked")).await.unwrap();
            assert!(matches!(outcome, Outcome::Returned(_)));
        }
    }
    let mut returns = channel.returns();
    channel.close().await;
    assert!(soon("the end", returns.next()).await.is_none());
}

async fn who_does_not_wait_is_told_that_it_is_full(case: Case) {
    let mut options = case.options();
    options.config.limits.unconfirmed = 10;
    let connection = kinoko_amqp_client::Connection::connect_with(&options).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
    case.node().await.pause().unwrap();
    let confirms: Vec<_> =
        (0..10).map(|_| channel.try_submit(&to("queue", "x")).unwrap()).collect();
    failed(channel.try_submit(&to("queue", "x")), ErrorKind::Full, "on their way");
    let message = to("queue", "y");
    let waiting = channel.submit(&message);
    tokio::pin!(waiting);
    let soon_enough = std::time::Duration::from_millis(100);
    assert!(tokio::time::timeout(soon_enough, &mut waiting).await.is_err(), "there is no room");
    // Nobody overtakes who waits.
    failed(channel.try_submit(&to("queue", "x")), ErrorKind::Full, "");
    case.node().await.resume().unwrap();
    let last = soon("its turn", waiting).await.unwrap();
    for confirm in confirms.into_iter().chain([last]) {
        assert_eq!(soon("an outcome", confirm).await, Outcome::Confirmed);
    }
    assert_eq!(channel.purge_queue("queue").await, Ok(11));
}

async fn a_name_too_long_is_not_sent(case: Case) {
    let channel = case.channel().await;
    let long = "k".repeat(256);
    failed(channel.publish(&to(&long, "x")).await, ErrorKind::Invalid, "255");
    let fields = kinoko_amqp_client::Fields::new().with("h", &*"x".repeat(200_000));
    let properties =
        kinoko_amqp_client::Properties { headers: Some(fields.as_table()), ..Default::default() };
    let large = Publish { properties, ..to("queue", "x") };
    failed(channel.publish(&large).await, ErrorKind::Invalid, "frame");
    queue(&channel, &long[..255]).await;
    put(&channel, &to(&long[..255], "x")).await;
    assert_eq!(channel.delete_queue(&long[..255], false, false).await, Ok(1));
}
