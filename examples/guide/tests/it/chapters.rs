//! Each chapter's services in one process.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use guide::{background, calling, deadlines, dependency, events, faults, first, settings, web};
use kinoko::{Configuration, FaultKind, http::Http, prelude::*};
use kinoko_testing::{Harness, eventually};
use serde_json::json;

#[tokio::test]
async fn a_service_is_called_by_name_position_and_type() {
    let harness = Harness::new().service::<first::Greeter>().start().await.unwrap();
    let greeter = first::GreeterClient::from(harness.client());
    assert_eq!(greeter.hello("Ada".to_owned(), None).await.unwrap(), "Hello, Ada!");
    let (named, positional) = calling::by_name(&harness.client()).await.unwrap();
    assert_eq!((&*named, &*positional), ("Hello, Ada!", "HELLO, ADA!"));
    harness.stop().await;
}

/// Stands for a service that shares no code with its callers.
#[derive(Dependencies)]
struct ForeignUsers;

/// Knows more than its callers read.
#[service(name = "users", client = false)]
impl ForeignUsers {
    #[rpc]
    async fn get(&mut self, id: u64) -> serde_json::Value {
        json!({"id": id, "name": "Ada", "born": 1815})
    }
}

#[tokio::test]
async fn one_service_calls_two_others() {
    let harness = Harness::new()
        .service::<first::Greeter>()
        .service::<calling::Reception>()
        .service::<ForeignUsers>();
    let harness = harness.start().await.unwrap();
    let reception = calling::ReceptionClient::from(harness.client());
    assert_eq!(reception.welcome(7).await.unwrap(), "Hello, Ada!");
    harness.stop().await;
}

#[tokio::test]
async fn notes_are_written_when_the_call_succeeds() {
    let folder = tempfile::TempDir::new().unwrap();
    let trail = folder.path().join("trail");
    let harness = Harness::new()
        .provide(dependency::AuditFile(trail.clone()))
        .provide(AtomicU64::new(0))
        .service::<dependency::Safe>()
        .service::<dependency::Counter>();
    let harness = harness.start().await.unwrap();
    let safe = dependency::SafeClient::from(harness.client());
    let fault = safe.open("0000".to_owned()).await.unwrap_err();
    assert_eq!(fault.name(), "WrongCode");
    safe.open("1234".to_owned()).await.unwrap();
    let counter = dependency::CounterClient::from(harness.client());
    assert_eq!(counter.next().await.unwrap(), 1);
    let written = std::fs::read_to_string(&trail).unwrap();
    let lines: Vec<_> = written.lines().map(|it| it.split_once(' ').unwrap().1).collect();
    assert_eq!(lines, ["opened", "next said 1"]);
    harness.stop().await;
}

#[tokio::test]
async fn a_dependency_that_cannot_be_set_up_says_where() {
    let harness = Harness::new()
        .provide(dependency::AuditFile("/dev/null/trail".into()))
        .service::<dependency::Safe>();
    let error = harness.start().await.err().unwrap().to_string();
    assert!(error.starts_with("service safe: audit: cannot write /dev/null/trail: "), "{error}");
}

#[tokio::test]
async fn events_reach_every_kind_of_handler() {
    let seen = Arc::new(events::Seen::default());
    let harness = Harness::new()
        .provide_arc(seen.clone())
        .service::<events::Accounts>()
        .service::<events::Welcome>();
    let harness = harness.start().await.unwrap();
    let accounts = events::AccountsClient::from(harness.client());
    accounts.sign_up("Ada".to_owned(), "ada@example.org".to_owned()).await.unwrap();
    accounts.leave("Bob".to_owned()).await.unwrap();
    eventually("all three are handled", async || seen.lock().unwrap().len() == 3).await;
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen, ["bye Bob", "hello Ada", "news of Ada"]);
    harness.stop().await;
}

#[tokio::test]
async fn notes_over_http() {
    let http = Http::on("127.0.0.1:0");
    let harness = Harness::new()
        .provide(web::Store::default())
        .entrypoint(http.clone())
        .service::<web::Notes>();
    let harness = harness.start().await.unwrap();
    let base = format!("http://{}", http.address().unwrap());
    let client = reqwest::Client::new();
    let check = async |request: reqwest::RequestBuilder, status: u16, text: &str| {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let body = response.text().await.unwrap();
        assert!(body.contains(text), "{body}");
    };
    let post = |text: &str| client.post(format!("{base}/notes")).json(&json!({"text": text}));
    let get = |path: &str| client.get(format!("{base}{path}"));
    check(post("buy milk"), 201, "/notes/0").await;
    check(post(""), 422, "\"title\":\"Empty\"").await;
    check(get("/notes/0"), 200, "{\"text\":\"buy milk\"}").await;
    check(get("/notes/1"), 404, "there is no note 1").await;
    check(get("/notes/one"), 400, "Cannot parse `one`").await;
    check(get("/notes?containing=milk"), 200, "[\"buy milk\"]").await;
    check(get("/notes?containing=tea"), 200, "[]").await;
    harness.stop().await;
}

#[tokio::test(start_paused = true)]
async fn timers_and_tasks_run_by_the_clock() {
    let harness = Harness::new().provide(AtomicU64::new(0)).service::<background::Weather>();
    let harness = harness.start().await.unwrap();
    let weather = background::WeatherClient::from(harness.client());
    tokio::time::sleep(Duration::from_secs(60 * 25)).await;
    weather.watch(3).await.unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    // At 0, 10 and 20 minutes, and three times in the last ten seconds.
    assert_eq!(weather.count().await.unwrap(), 6);
    harness.stop().await;
}

#[tokio::test]
async fn a_caller_tells_faults_apart() {
    let harness = Harness::new().service::<faults::Bank>().start().await.unwrap();
    let bank = faults::BankClient::from(harness.client());
    let check = async |account: u32, cents: u64, expected: &str| {
        assert_eq!(faults::explain(&bank, account, cents).await, expected);
    };
    check(1, 30, "70 left").await;
    check(1, 130, "ask for 30 less").await;
    check(0, 1, "ask for another account").await;
    check(13, 1, "sorry: InternalError: internal error").await;
    let nobody = bank.with_timeout(Duration::from_secs(1));
    harness.stop().await;
    assert!(faults::explain(&nobody, 1, 1).await.starts_with("sorry: "));
}

#[tokio::test]
async fn settings_come_from_the_section_of_the_service() {
    let written = json!({"mail": {"sender": "us@example.org", "token": "t"}});
    let configuration = Configuration::from_json(written).unwrap();
    let harness = Harness::new().config(configuration).service::<settings::Mail>();
    let harness = harness.start().await.unwrap();
    let mail = settings::MailClient::from(harness.client());
    assert_eq!(mail.sender().await.unwrap(), "us@example.org");
    harness.stop().await;

    let wrong = json!({"mail": {"sendr": "us@example.org", "token": "t"}});
    let configuration = Configuration::from_json(wrong).unwrap();
    let harness = Harness::new().config(configuration).service::<settings::Mail>();
    let error = harness.start().await.err().unwrap().to_string();
    assert!(error.contains("did you mean `sender`?"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_goes_along_and_ends_what_nobody_waits_for() {
    let found = Arc::new(tokio::sync::Semaphore::new(0));
    let harness = Harness::new()
        .provide_arc(found.clone())
        .service::<deadlines::Reports>()
        .service::<deadlines::Archive>();
    let harness = harness.start().await.unwrap();
    let reports = deadlines::ReportsClient::from(harness.client());
    let with = |seconds| reports.with_timeout(Duration::from_secs(seconds));
    assert_eq!(with(30).write(2025).await.unwrap(), "2025: all was well");
    assert_eq!(with(1).write(2025).await.unwrap(), "2025: no time");
    let fault = with(3).write(2025).await.unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Timeout);
    // `archive` began to look for it, and was stopped.
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(found.available_permits(), 1);
    harness.stop().await;
}
