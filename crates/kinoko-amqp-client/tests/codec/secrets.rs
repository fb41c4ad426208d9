//! What is secret is shown nowhere.

use kinoko_amqp_client::{
    Config, Login,
    codec::{
        ConnectionSecureOk, ConnectionStartOk, ConnectionUpdateSecret, Frame, Method, Secret,
        write_method,
    },
};

const SECRET: &str = "hunter2";

#[test]
fn of_methods() {
    let secret = Secret(SECRET.as_bytes());
    let methods: [Method<'_>; 3] = [
        ConnectionStartOk { response: secret, mechanism: "PLAIN".into(), ..Default::default() }
            .into(),
        ConnectionSecureOk { response: secret }.into(),
        ConnectionUpdateSecret { new_secret: secret, reason: "renewed".into() }.into(),
    ];
    for method in methods {
        let mut out = Vec::new();
        write_method(&mut out, 0, &method, 4096).unwrap();
        let frame = Frame::first(&out, 4096).unwrap().unwrap();
        for text in [format!("{method:?}"), format!("{method:#?}"), frame.to_string()] {
            assert!(!text.contains(SECRET) && text.contains("(secret)"), "{text}");
        }
        // Of a frame that is broken nothing is shown that it had.
        let broken = Frame { payload: &frame.payload[..frame.payload.len() - 1], ..frame };
        assert!(!broken.to_string().contains(SECRET), "{broken}");
    }
}

#[test]
fn of_logins() {
    let (user, password) = ("user".to_owned(), SECRET.to_owned());
    for login in [
        Login::Plain { user: user.clone(), password: password.clone() },
        Login::AmqPlain { user, password },
    ] {
        let config = Config { login, ..Config::default() };
        assert!(!format!("{config:?}").contains(SECRET));
    }
}
