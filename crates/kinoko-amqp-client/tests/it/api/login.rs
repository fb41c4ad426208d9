//! Who is let in, who is not, and what they are told.

use std::time::{Duration, Instant};

use kinoko_amqp_client::{
    Blame, ConnectOptions, Connection, ErrorKind, Fields, Login, Outcome, Retry, Scope,
};

use crate::case::{Case, Test, failed, queue, soon, test, to, within};

pub(crate) const TESTS: &[(&str, Test)] = &[
    test!("login", by_each_mechanism),
    test!("login", who_is_not_let_in_is_told_why),
    test!("login", where_nobody_answers),
    test!("login", the_next_address_is_tried),
    test!("login", without_permissions),
    test!("login", a_virtual_host_deleted_beneath),
    test!("login", a_new_secret),
];

const PASSWORD: &str = "hunter2-is-not-shown";

async fn by_each_mechanism(case: Case) {
    let (user, password) = ("guest".to_owned(), "guest".to_owned());
    for login in [
        Login::Plain { user: user.clone(), password: password.clone() },
        Login::AmqPlain { user, password },
    ] {
        let mut options = case.options();
        options.config.client_properties = Fields::new().with("connection_name", "by name");
        options.config.login = login;
        let connection = Connection::connect_with(&options).await.unwrap();
        let columns = ["auth_mechanism", "client_properties", "vhost", "timeout", "frame_max"];
        let args = [&["list_connections"][..], &columns].concat();
        let listed = case.node().await.ctl(&args).await.unwrap();
        let ours = listed.lines().find(|it| it.contains(&case.vhost)).expect("it is listed");
        let mechanism = if format!("{:?}", options.config.login).starts_with("Plain") {
            "PLAIN"
        } else {
            "AMQPLAIN"
        };
        assert!(ours.starts_with(mechanism), "{ours}");
        assert!(ours.contains("by name") && ours.contains("\t10\t131072"), "{ours}");
        for capability in ["basic.nack", "connection.blocked", "consumer_cancel_notify"] {
            assert!(ours.contains(capability), "{ours}");
        }
        connection.close().await;
    }
}

/// Logs in with what the options are changed to, and is refused soon, with these words.
async fn check(case: &Case, words: &str, change: impl FnOnce(&mut ConnectOptions)) {
    let mut options = case.options();
    options.config.login = Login::Plain { user: "guest".to_owned(), password: "guest".to_owned() };
    change(&mut options);
    let started = Instant::now();
    let error = failed(Connection::connect_with(&options).await, ErrorKind::Refused, words);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!((error.scope(), error.retry()), (Scope::Connection, Retry::AfterChange));
    assert_eq!(error.blame(), Blame::Caller, "{error:?}");
    assert!(!format!("{error} {error:?} {options:?}").contains(PASSWORD), "{error:?}");
}

async fn who_is_not_let_in_is_told_why(case: Case) {
    let wrong = || ("guest".to_owned(), PASSWORD.to_owned());
    check(&case, "ACCESS_REFUSED", |it| {
        let (user, password) = wrong();
        it.config.login = Login::Plain { user, password };
    })
    .await;
    check(&case, "ACCESS_REFUSED", |it| {
        let (user, password) = wrong();
        it.config.login = Login::AmqPlain { user, password };
    })
    .await;
    check(&case, "ACCESS_REFUSED", |it| {
        let login = Login::Plain { user: "nobody".to_owned(), password: PASSWORD.to_owned() };
        it.config.login = login;
    })
    .await;
    check(&case, "EXTERNAL", |it| it.config.login = Login::External).await;
    check(&case, "absent", |it| it.config.virtual_host = "absent".to_owned()).await;
}

async fn where_nobody_answers(case: Case) {
    // A port that is closed, and one that is silent.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap().port();
    drop(listener);
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = case.options();
    options.timeout = Duration::from_secs(1);
    for (port, kind, words) in [
        (closed, ErrorKind::Lost, "cannot connect"),
        (silent.local_addr().unwrap().port(), ErrorKind::TimedOut, "nothing was heard"),
    ] {
        options.addresses = vec![("127.0.0.1".to_owned(), port)];
        let connecting = Connection::connect_with(&options);
        let result = within(Duration::from_millis(1500), "connecting", connecting).await;
        let error = failed(result, kind, words);
        assert_eq!(error.retry(), Retry::Soon);
    }
    options.addresses = vec![("no-such-host.invalid".to_owned(), 5672)];
    failed(Connection::connect_with(&options).await, ErrorKind::Lost, "no-such-host");
    options.addresses.clear();
    failed(Connection::connect_with(&options).await, ErrorKind::Invalid, "address");
}

async fn the_next_address_is_tried(case: Case) {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = case.options();
    options.timeout = Duration::from_secs(4);
    for listener in [&silent, &closed] {
        let port = listener.local_addr().unwrap().port();
        options.addresses.insert(0, ("127.0.0.1".to_owned(), port));
    }
    drop(closed);
    let connecting = Connection::connect_with(&options);
    within(Duration::from_secs(3), "connecting", connecting).await.unwrap();
}

async fn without_permissions(case: Case) {
    let node = case.node().await;
    node.ctl(&["add_user", "limited", PASSWORD]).await.unwrap();
    let mut options = case.options();
    let login = Login::Plain { user: "limited".to_owned(), password: PASSWORD.to_owned() };
    options.config.login = login;
    let error = Connection::connect_with(&options).await;
    failed(error, ErrorKind::Refused, &case.vhost);
    let set = ["set_permissions", "-p", &*case.vhost, "limited", "^mine$", "^mine$", "^$"];
    node.ctl(&set).await.unwrap();
    drop(node);
    let connection = Connection::connect_with(&options).await.unwrap();
    let fresh = async || connection.open_channel().await.unwrap();
    queue(&fresh().await, "mine").await;
    let other = kinoko_amqp_client::QueueDeclaration { name: "other", ..Default::default() };
    let refused = ErrorKind::Refused;
    failed(fresh().await.declare_queue(&other).await, refused, "other");
    failed(fresh().await.get("mine", true).await, refused, "mine");
    // The default exchange is not among what may be written to.
    let channel = fresh().await;
    match soon("an outcome", channel.publish(&to("mine", "x"))).await.unwrap() {
        Outcome::Unknown(error) => {
            assert_eq!((error.kind(), error.code().unwrap().code), (refused, 403));
            assert!(error.text().contains("amq.default"), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
    assert!(!channel.is_open() && !connection.is_closed());
    case.node().await.ctl(&["delete_user", "limited"]).await.unwrap();
}

async fn a_virtual_host_deleted_beneath(case: Case) {
    let channel = case.channel().await;
    queue(&channel, "queue").await;
    let mut consumer = crate::case::consume(&channel, "queue").await;
    case.node().await.ctl(&["delete_vhost", &case.vhost]).await.unwrap();
    // Its queues go first, and then everybody is sent away.
    let error = crate::case::ending(&mut consumer).await;
    assert!(matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Forced), "{error:?}");
    let reason = soon("the end", channel.connection().closed()).await;
    assert_eq!(reason.kind(), ErrorKind::Forced);
    assert!(reason.text().contains(&*case.vhost), "{reason:?}");
    let again = Connection::connect_with(&case.options()).await;
    failed(again, ErrorKind::Refused, &case.vhost);
}

async fn a_new_secret(case: Case) {
    let connection = case.connect().await;
    // RabbitMQ's own users have passwords that do not expire: it takes note, and says so.
    let updating = connection.update_secret(PASSWORD, "rotation");
    soon("an answer", updating).await.unwrap();
    let channel = connection.open_channel().await.unwrap();
    queue(&channel, "queue").await;
}
