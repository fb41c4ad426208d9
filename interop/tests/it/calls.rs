//! Calls in both directions: arguments, results and failures.

use std::time::Duration;

use kinoko::{Client, FaultKind, Runner, amqp::Amqp, prelude::Fault};
use kinoko_interop::{Case, Driver, services::Greeter};
use kinoko_testing::eventually;
use serde_json::{Value, json};

/// The same calls to a Python service and to its Rust twin come out the same, to the letter.
pub(crate) async fn python_calls_rust_as_it_calls_python(case: &Case) {
    let mut driver = case.driver().await;
    let nameko = case.nameko("Greeter", "python").await;
    let of_python = observe(&mut driver).await;
    drop(nameko);
    let rust = case.rust(Runner::new().service::<Greeter>(), "rust").await;
    let of_rust = observe(&mut driver).await;
    let pairs = of_python.iter().zip(&of_rust).filter(|((_, python), (_, rust))| python != rust);
    let told = pairs.map(|((order, python), (_, rust))| {
        format!("{order}\n    Python answers {python}\n    Rust answers   {rust}\n")
    });
    let differences: String = told.collect();
    assert!(differences.is_empty(), "not all answers are the same:\n{differences}");
    rust.stop(Duration::from_secs(5)).await;
}

/// What a Python caller sees of the greeter.
async fn observe(driver: &mut Driver) -> Vec<(Value, Value)> {
    let call = |method: &str, args: Value, kwargs: Value| {
        let order = json!({"do": "call", "service": "greeter", "method": method});
        let mut order = order;
        order["args"] = args;
        order["kwargs"] = kwargs;
        order
    };
    let deep = (0..100).fold(json!("bottom"), |inner, _| json!([inner]));
    let mut orders = vec![
        call("hello", json!(["Matt"]), json!({})),
        call("hello", json!([]), json!({"name": "Matt"})),
        call("hello", json!(["ಠ_ಠ 🍄 \u{0} \" \\ \n"]), json!({})),
        call("greet", json!(["Ada"]), json!({})),
        call("greet", json!(["Ada"]), json!({"times": 2})),
        call("greet", json!(["Ada", "Hei"]), json!({"times": 2})),
        call("greet", json!([]), json!({"times": 2, "greeting": "Hei", "name": "Ada"})),
        call("nothing", json!([]), json!({})),
        // Failures the framework finds.
        call("nope", json!([]), json!({})),
        call("observe", json!([1]), json!({"a": 2})),
        call("hello", json!([]), json!({})),
        call("hello", json!(["a", "b"]), json!({})),
        call("hello", json!(["a"]), json!({"name": "b"})),
        call("hello", json!([]), json!({"nam": "b"})),
        call("hello", json!(["a"]), json!({"zz": "b"})),
        call("greet", json!([]), json!({})),
        call("greet", json!([1, 2, 3, 4]), json!({})),
        call("nothing", json!([1]), json!({})),
        call("nothing", json!([1, 2]), json!({})),
        // Failures of the method's own.
        call("fail", json!(["plain"]), json!({})),
        call("fail", json!(["unicode"]), json!({})),
        call("fail", json!(["empty"]), json!({})),
        call("fail", json!(["mapped"]), json!({})),
        call("fail", json!(["other"]), json!({})),
    ];
    for value in [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!("x".repeat(200_000)),
        json!([]),
        json!({}),
        json!({"a": [1, {"b": null}], "": [[]], "c.d": "e"}),
        json!({"args": [], "kwargs": {}, "result": 1, "error": null}),
        deep,
    ] {
        orders.push(call("echo", json!([value]), json!({})));
    }
    let mut seen = Vec::new();
    for order in orders {
        let answer = driver.ask(order.clone()).await;
        seen.push((order, answer));
    }
    // Requests that no proxy sends, down to the body of the reply.
    for body in ["{}", r#"{"args": []}"#, r#"{"kwargs": {}}"#] {
        let order = json!({"key": "greeter.hello", "body": body, "timeout": 5});
        let answer = driver.raw(order.clone()).await;
        seen.push((order, answer));
    }
    for (method, body) in
        [("nope", "{}"), ("hello", r#"{"args": ["a"], "kwargs": {}, "more": [1]}"#)]
    {
        let order = json!({"key": format!("greeter.{method}"), "body": body, "timeout": 5});
        let answer = driver.raw(order.clone()).await;
        seen.push((order, answer));
    }
    seen
}

pub(crate) async fn rust_calls_python(case: &Case) {
    let _nameko = case.nameko("Greeter", "python").await;
    let client = client(case).await;
    let hello: String = client.call("greeter", "hello", ["Matt"]).await.unwrap();
    assert_eq!(hello, "Hello, Matt!");
    let greet: String =
        client.call("greeter", "greet", json!({"name": "Ada", "times": 2})).await.unwrap();
    assert_eq!(greet, "Hello, Ada! Hello, Ada!");
    let value = json!({"a": [1, 2.5, null, "ಠ"], "b": {"c": i64::MAX}, "n": i64::MIN});
    let echoed: Value = client.call("greeter", "echo", [&value]).await.unwrap();
    assert_eq!(echoed, value);
    client.call::<()>("greeter", "nothing", ()).await.unwrap();

    let fault = |method: &'static str, args: Value| {
        let client = client.clone();
        async move { client.call::<Value>("greeter", method, args).await.unwrap_err() }
    };
    let check = |fault: Fault, kind: FaultKind, name: &str, path: &str, message: &str| {
        assert_eq!(
            (fault.kind(), fault.name(), fault.path(), fault.message()),
            (kind, name, Some(path), message)
        );
    };
    let (plain, mapped) = (fault("fail", json!(["plain"])), fault("fail", json!(["mapped"])));
    let application = FaultKind::Application;
    check(plain.await, application, "OutOfStock", "services.OutOfStock", "no enoki left");
    let mapped = mapped.await;
    assert_eq!(mapped.args().unwrap(), [json!("enoki")]);
    check(mapped, application, "KeyError", "builtins.KeyError", "'enoki'");
    // Half a surrogate pair is no text, and what failed has not succeeded for that.
    let half = client.call::<()>("greeter", "fail", ["surrogate"]).await.unwrap_err();
    assert!(half.message().contains("enoki\\udce9"), "{half}");
    let missing = "hello() missing 1 required positional argument: 'name'";
    check(
        fault("hello", json!([])).await,
        FaultKind::IncorrectSignature,
        "IncorrectSignature",
        "nameko.exceptions.IncorrectSignature",
        missing,
    );
    check(
        fault("nope", json!([])).await,
        FaultKind::MethodNotFound,
        "MethodNotFound",
        "nameko.exceptions.MethodNotFound",
        "nope",
    );

    let unserializable = fault("unserializable", json!([])).await;
    assert_eq!(unserializable.kind(), FaultKind::UnserializableValue);
    assert_eq!(unserializable.message(), "Unserializable value: `{1, 2}`");

    // Durable, as Nameko has it: confirmed on the way there, acked on the way back.
    let durable = client.with_guarantee(kinoko::Guarantee::Durable);
    let hello: String = durable.call("greeter", "hello", ["Matt"]).await.unwrap();
    assert_eq!(hello, "Hello, Matt!");
    for n in 0..200 {
        let echoed: u64 = durable.call("greeter", "echo", [n]).await.unwrap();
        assert_eq!(echoed, n);
    }
}

/// `NaN`, and kombu's envelopes for dates and the like: a Rust service reads the plain value.
pub(crate) async fn values_that_json_has_no_word_for(case: &Case) {
    let rust = case.rust(Runner::new().service::<Greeter>(), "rust").await;
    let mut driver = case.driver().await;
    for (sent, received) in [
        (json!({"$": "float", "is": "nan"}), json!(null)),
        (json!({"$": "float", "is": "-inf"}), json!(null)),
        (json!([{"$": "float", "is": "inf"}, "NaN"]), json!([null, "NaN"])),
        (json!({"$": "datetime", "is": "2020-01-02T03:04:05"}), json!("2020-01-02T03:04:05")),
        (
            json!({"$": "datetime", "is": "2020-01-02T03:04:05+02:00"}),
            json!("2020-01-02T03:04:05+02:00"),
        ),
        (json!({"$": "date", "is": "2020-01-02"}), json!("2020-01-02")),
        (json!({"$": "time", "is": "01:02:03"}), json!("01:02:03")),
        (json!({"$": "Decimal", "is": "1.10"}), json!("1.10")),
        (
            json!([{"at": {"$": "UUID", "is": "00000000-0000-0000-0000-000000000005"}}]),
            json!([{"at": "00000000-0000-0000-0000-000000000005"}]),
        ),
        (
            json!({"$": "int", "is": "18446744073709551615"}),
            json!({"$": "int", "is": "18446744073709551615"}),
        ),
    ] {
        let answer = driver.call("greeter", "echo", json!([sent])).await;
        assert_eq!(answer, json!({"result": received}), "{sent} came back");
    }
    rust.stop(Duration::from_secs(5)).await;

    let _nameko = case.nameko("Greeter", "python").await;
    let client = client(case).await;
    let envelope = |of: &str, value: Value| json!([{"__type__": of, "__value__": value}]);
    for (of, value) in [
        ("datetime", json!("2020-01-02T03:04:05")),
        ("Decimal", json!("1.10")),
        ("UUID", json!({"hex": "00000000000000000000000000000005"})),
    ] {
        let args = envelope(&of.to_lowercase(), value.clone());
        let type_of: String = client.call("greeter", "type_of", args.clone()).await.unwrap();
        assert_eq!(type_of, of, "Python was sent a {of}");
        let back: String = client.call("greeter", "echo", args).await.unwrap();
        let plain = value.as_str().unwrap_or("00000000-0000-0000-0000-000000000005");
        assert_eq!(back, plain, "and sent it back");
    }
}

pub(crate) async fn nobody_there(case: &Case) {
    let mut driver = case.driver().await;
    let answer = driver.call("ghost", "boo", json!([])).await;
    assert_eq!(answer["error"]["class"], "nameko.exceptions.UnknownService");
    let client = client(case).await;
    for client in [client.clone(), client.with_guarantee(kinoko::Guarantee::Durable)] {
        let fault = client.call::<Value>("ghost", "boo", ()).await.unwrap_err();
        assert_eq!(fault.kind(), FaultKind::UnknownService);
        assert_eq!(fault.message(), "Unknown service `ghost`");
    }
    // A method's name with a dot in it is nowhere bound, whoever serves.
    let _nameko = case.nameko("Greeter", "python").await;
    let fault = client.call::<Value>("greeter", "a.b", ()).await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::UnknownService);
}

/// Python knows nothing of deadlines and is told nothing it would stumble over.
pub(crate) async fn a_deadline_and_a_cancel_do_not_disturb_python(case: &Case) {
    let mut nameko = case.nameko("Greeter", "python").await;
    let client = client(case).await;
    // So that what is hasty afterwards finds its way at once.
    let hello: String = client.call("greeter", "hello", ["Matt"]).await.unwrap();
    assert_eq!(hello, "Hello, Matt!");
    let hasty = client.with_timeout(Duration::from_millis(500));
    let fault = hasty.call::<String>("greeter", "slow", [1.0]).await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Timeout);
    // A call that is taken back.
    let dropped = tokio::spawn({
        let client = client.clone();
        async move { client.call::<String>("greeter", "slow", [1.5]).await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    dropped.abort();
    let slow = || async { case.seen("slow").len() == 2 };
    eventually("Python has run both to the end", slow).await;
    let hello: String = client.call("greeter", "hello", ["Matt"]).await.unwrap();
    assert_eq!(hello, "Hello, Matt!");
    assert!(!nameko.has_ended());
    assert_eq!(client.in_flight(), 0);
}

async fn client(case: &Case) -> Client {
    let transport = Amqp::connect(case.uri()).await.expect("RabbitMQ is there");
    Client::over(std::sync::Arc::new(transport), "interop")
}
