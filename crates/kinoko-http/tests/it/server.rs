//! The listener: limits, stopping, addresses.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kinoko::{
    Configuration,
    http::{Http, Json, Request, axum::body::to_bytes},
    prelude::*,
};
use kinoko_testing::{Harness, Harnessed};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Notify,
};

use crate::raw::{send, send_raw};

#[derive(Default)]
struct Gate {
    entered: Notify,
    open: Notify,
}

#[derive(Dependencies)]
struct Slow {
    gate: Shared<Gate>,
}

#[service(name = "slow")]
impl Slow {
    #[http(GET, "/slow")]
    async fn slow(&mut self) -> &'static str {
        self.gate.entered.notify_one();
        self.gate.open.notified().await;
        "done"
    }

    #[http(POST, "/echo")]
    async fn echo(&mut self, Json(value): Json<Value>) -> Json<Value> {
        Json(value)
    }

    #[http(POST, "/raw")]
    async fn raw(&mut self, request: Request) -> Result<String, Fault> {
        let body = to_bytes(request.into_body(), usize::MAX).await.map_err(Fault::internal)?;
        Ok(body.len().to_string())
    }

    /// More than the kernel takes from us while nobody reads it.
    #[http(GET, "/large")]
    async fn large(&mut self) -> Vec<u8> {
        vec![b'x'; 64 << 20]
    }
}

async fn start(settings: Value) -> (Harnessed, SocketAddr, Arc<Gate>) {
    let (http, gate) = (Http::on("127.0.0.1:0"), Arc::new(Gate::default()));
    let harness = Harness::new().service::<Slow>().provide_arc(gate.clone());
    let harness = harness.config(Configuration::from_json(settings).unwrap());
    let harness = harness.entrypoint(http.clone()).start().await.unwrap();
    (harness, http.address().unwrap(), gate)
}

#[tokio::test]
async fn a_request_that_runs_is_answered_before_the_end() {
    let (harness, at, gate) = start(json!({})).await;
    let request = tokio::spawn(async move { send(at, "GET", "/slow", "").await });
    gate.entered.notified().await;
    let stopping = tokio::spawn(harness.stop());
    // The listener is gone before the request is done.
    kinoko_testing::eventually("nobody is accepted any more", async || {
        TcpStream::connect(at).await.is_err()
    })
    .await;
    gate.open.notify_one();
    assert_eq!(request.await.unwrap().body, "done");
    stopping.await.unwrap();
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let (harness, at, _) = start(json!({"http_body_limit": 100})).await;
    let body = json!("x".repeat(98)).to_string();
    assert_eq!(send(at, "POST", "/echo", &body).await.status, 200);
    let body = json!("x".repeat(99)).to_string();
    let response = send(at, "POST", "/echo", &body).await;
    assert_eq!(response.status, 413, "{response:?}");
    harness.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whatever_the_method_takes() {
    let (harness, at, _) = start(json!({"http_body_limit": 100})).await;
    assert_eq!(send(at, "POST", "/raw", &"x".repeat(100)).await.body, "100");
    assert_eq!(send(at, "POST", "/raw", &"x".repeat(101)).await.status, 413);
    let chunks = "POST /raw HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\
                  transfer-encoding: chunked\r\n\r\n65\r\n";
    let chunked = format!("{chunks}{}\r\n0\r\n\r\n", "x".repeat(101));
    assert_eq!(send_raw(at, chunked.as_bytes()).await.status, 413);
    harness.stop().await;
}

#[tokio::test]
async fn a_limit_may_be_larger_than_axums() {
    let (harness, at, _) = start(json!({"http_body_limit": 4 << 20})).await;
    let body = json!("x".repeat(3 << 20)).to_string();
    assert_eq!(send(at, "POST", "/echo", &body).await.status, 200);
    harness.stop().await;
}

#[tokio::test]
async fn a_slow_body_takes_no_worker_and_is_given_up_on() {
    let settings = json!({"max_workers": 1, "http_request_timeout": 2});
    let (harness, at, _) = start(settings).await;
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(at).await.unwrap();
        let head = b"POST /raw HTTP/1.1\r\nhost: test\r\ncontent-length: 9\r\n\r\nx";
        stream.write_all(head).await.unwrap();
        slow.push(stream);
    }
    assert_eq!(send(at, "POST", "/echo", "7").await.body, "7");
    for mut stream in slow {
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 408");
    }
    harness.stop().await;
}

#[tokio::test]
async fn who_does_not_read_its_response_is_not_waited_for() {
    let (harness, at, _) = start(json!({})).await;
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(b"GET /large HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    let mut begin = [0; 12];
    stream.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    let begun = tokio::time::Instant::now();
    harness.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    drop(stream);
}

#[tokio::test]
async fn who_does_not_finish_a_head_is_cut_off() {
    let (harness, at, _) = start(json!({"http_header_timeout": 0.2})).await;
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: te").await.unwrap();
    let mut rest = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
    end.expect("the server ends it").unwrap();
    assert!(!String::from_utf8_lossy(&rest).starts_with("HTTP/1.1 200"));
    harness.stop().await;
}

#[tokio::test]
async fn what_is_not_http_is_refused_and_the_next_is_served() {
    let (harness, at, _) = start(json!({})).await;
    let response = send_raw(at, b"\x00\x01nonsense\r\n\r\n").await;
    assert_eq!(response.status, 400);
    assert_eq!(send(at, "POST", "/echo", "7").await.body, "7");
    harness.stop().await;
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_call() {
    let (harness, at, gate) = start(json!({"max_workers": 1})).await;
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    gate.entered.notified().await;
    drop(stream);
    // With one worker, the next request runs only once the first is gone.
    assert_eq!(send(at, "POST", "/echo", "7").await.body, "7");
    harness.stop().await;
}

#[tokio::test]
async fn an_address_in_use_is_an_error_that_says_what_to_set() {
    let (harness, at, gate) = start(json!({})).await;
    let second = Harness::new().service::<Slow>().provide_arc(gate);
    let Err(error) = second.entrypoint(Http::on(at.to_string())).start().await else {
        panic!("it may not start")
    };
    assert!(error.to_string().contains("set WEB_SERVER_ADDRESS"), "{error}");
    harness.stop().await;
}
