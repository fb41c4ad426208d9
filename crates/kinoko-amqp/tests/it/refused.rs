//! What the broker does not allow: who is told, and that nobody else's messages go with it.

use futures_util::future::join_all;
use kinoko_core::{Address, ErrorKind, Guarantee, Message, PublishError, Transport};

use crate::case::{
    Case, Test, ack, event, events, fast, next, replies, request, rpc, subscribe, test, text,
};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("refused", requests_that_are_not_allowed_are_told_apart),
    test!("refused", a_message_that_is_not_allowed_is_not_tried_again),
    test!("refused", one_that_is_not_allowed_behind_one_that_is),
    test!("refused", an_exchange_of_somebody_else_is_used_if_it_is_there),
];

/// Who logs in may use these keys of the exchange of requests and no others.
async fn allow_keys(case: &Case, write: &str) {
    let vhost = &case.vhost;
    let expression = format!(
        "rabbit_auth_backend_internal:set_topic_permissions(<<\"guest\">>, <<\"{vhost}\">>, \
         <<\"nameko-rpc\">>, <<\"{write}\">>, <<\".*\">>, <<\"test\">>)."
    );
    case.node().await.eval(&expression).await.unwrap();
}

async fn requests_that_are_not_allowed_are_told_apart(case: Case) {
    allow_keys(&case, "^(greeter[.].*|mine)$").await;
    let amqp = case.amqp().await;
    let mut server = subscribe(&amqp, rpc("greeter", 100)).await;
    let mut handler = subscribe(&amqp, events("on")).await;
    let _mine = subscribe(&amqp, replies("mine", Guarantee::Fast)).await;
    for round in 0..3 {
        let publish = async |number: usize| {
            let mut asked = match number % 3 {
                0 => fast(request("forbidden", number.to_string())),
                1 => fast(request("greeter", number.to_string())),
                _ => event(number.to_string()),
            };
            if number % 3 < 2 {
                asked.reply_to = Some("mine".into());
            }
            (number, amqp.publish(asked).await)
        };
        for (number, outcome) in join_all((0..60).map(publish)).await {
            match outcome {
                Err(PublishError::Refused(why)) if number % 3 == 0 => {
                    assert!(why.contains("'forbidden."), "{why}");
                    assert!(why.contains("permission"), "{why}");
                }
                Ok(()) if number % 3 > 0 => {}
                other => panic!("round {round}, message {number}: {other:?}"),
            }
        }
        // All that is allowed arrived, and once.
        for (deliveries, part) in [(&mut server, 1), (&mut handler, 2)] {
            let mut numbers = Vec::new();
            for _ in 0..20 {
                let delivery = next(deliveries).await;
                numbers.push(text(&delivery).parse::<usize>().unwrap());
                ack(delivery);
            }
            numbers.sort_unstable();
            assert!(numbers.iter().copied().eq((0..60).filter(|it| it % 3 == part)), "{numbers:?}");
        }
    }
    amqp.close().await;
}

async fn a_message_that_is_not_allowed_is_not_tried_again(case: Case) {
    allow_keys(&case, "^mine$").await;
    let amqp = case.amqp().await;
    let reply = || Message::json(Address::Reply { to: "theirs".into() }, "1");
    for _ in 0..3 {
        let error = amqp.publish(reply()).await.unwrap_err();
        assert!(
            matches!(&error, PublishError::Refused(why) if why.contains("'theirs'")),
            "{error}"
        );
    }
    amqp.publish(Message::json(Address::Reply { to: "mine".into() }, "1")).await.unwrap();
    amqp.close().await;
}

/// Those are sent at once, on a channel that is open.
async fn one_that_is_not_allowed_behind_one_that_is(case: Case) {
    let check = async |mine: &str, theirs: &str| {
        allow_keys(&case, &format!("^{mine}$")).await;
        let amqp = case.amqp().await;
        let send = async |to: &str| {
            amqp.publish(Message::json(Address::Reply { to: to.into() }, "1")).await
        };
        for _ in 0..3 {
            send(mine).await.unwrap();
            send(mine).await.unwrap();
            let error = send(theirs).await.unwrap_err();
            assert!(
                matches!(&error, PublishError::Refused(why) if why.contains(theirs)),
                "{theirs}: {error}"
            );
        }
        amqp.close().await;
    };
    check("mine", "theirs").await;
    // The same where it would go to its queue directly, and must not.
    let vhost = &case.vhost;
    let only_rpc = format!(
        "rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, <<\"{vhost}\">>, \
         <<\".*\">>, <<\"^nameko-rpc$\">>, <<\".*\">>, <<\"test\">>)."
    );
    case.node().await.eval(&only_rpc).await.unwrap();
    check("kinoko-reply-mine", "kinoko-reply-theirs").await;
}

async fn an_exchange_of_somebody_else_is_used_if_it_is_there(case: Case) {
    let names = |configure: &str| {
        let vhost = &case.vhost;
        format!(
            "rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, <<\"{vhost}\">>, \
             <<\"{configure}\">>, <<\".*\">>, <<\".*\">>, <<\"test\">>)."
        )
    };
    case.node().await.eval(&names("^evt-.*$")).await.unwrap();
    let amqp = case.amqp().await;
    let error = amqp.subscribe(events("on")).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let why = error.to_string();
    assert!(why.contains("source.events") && why.contains("an administrator"), "{why}");

    // Somebody who may makes it.
    case.node().await.eval(&names(".*")).await.unwrap();
    let owner = case.amqp().await;
    let mut theirs = subscribe(&owner, events("theirs")).await;
    case.node().await.eval(&names("^evt-.*$")).await.unwrap();
    let user = case.amqp().await;
    let mut ours = subscribe(&user, events("on")).await;
    user.publish(event("1")).await.unwrap();
    for deliveries in [&mut theirs, &mut ours] {
        ack(next(deliveries).await);
    }
    user.close().await;
    owner.close().await;
    amqp.close().await;
}
