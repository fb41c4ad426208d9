//! Routes: extractors in, responses out, faults as problem details.

use std::net::SocketAddr;

use kinoko::{
    ErrorKind,
    http::{Http, Json, Path, Query, StatusCode},
    prelude::*,
};
use kinoko_testing::{Harness, Harnessed};
use serde_json::json;

use crate::raw::send;

#[derive(Dependencies)]
struct Shop {
    call: CallContext,
    stock: StockClient,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Line {
    sku: String,
    quantity: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    from: u32,
}

#[derive(Debug, Fault)]
enum ShopError {
    #[fault(expected, message = "no order {id}")]
    UnknownOrder { id: u64 },
}

#[service(name = "shop")]
impl Shop {
    #[http(GET, "/orders/{id}")]
    async fn show(&mut self, Path(id): Path<u64>) -> Result<Json<Line>, ShopError> {
        match id {
            7 => Ok(Json(Line { sku: "enoki".to_owned(), quantity: 2 })),
            _ => Err(ShopError::UnknownOrder { id }),
        }
    }

    #[http(POST, "/orders")]
    async fn place(&mut self, Json(line): Json<Line>) -> (StatusCode, String) {
        (StatusCode::CREATED, format!("{} {}", line.quantity, line.sku))
    }

    #[http(GET, "/orders")]
    async fn list(&mut self, Query(page): Query<Page>) -> String {
        format!("from {}", page.from)
    }

    #[http(GET, "/trace")]
    async fn trace(&mut self) -> Result<String, Fault> {
        let here = self.call.data().get_str("traceparent").unwrap_or("none").to_owned();
        Ok(format!("{here} {}", self.stock.trace().await?))
    }

    #[http(GET, "/blocking/{text}")]
    fn blocking(&mut self, Path(text): Path<String>) -> String {
        text.to_uppercase()
    }

    /// There is no such parameter in the path.
    #[http(GET, "/mistaken")]
    async fn mistaken(&mut self, Path(id): Path<u64>) -> String {
        id.to_string()
    }

    #[http(GET, "/panics")]
    async fn panics(&mut self) -> String {
        panic!("with the secret hunter2");
    }
}

#[derive(Dependencies)]
struct Stock {
    call: CallContext,
}

#[service(name = "stock")]
impl Stock {
    #[rpc]
    async fn trace(&mut self) -> String {
        self.call.data().get_str("traceparent").unwrap_or("none").to_owned()
    }

    #[http(GET, "/stock")]
    async fn all(&mut self) -> Json<Vec<Line>> {
        Json(Vec::new())
    }
}

async fn start() -> (Harnessed, SocketAddr) {
    let http = Http::on("127.0.0.1:0");
    let harness = Harness::new().service::<Shop>().service::<Stock>().entrypoint(http.clone());
    let harness = harness.start().await.unwrap();
    (harness, http.address().unwrap())
}

#[tokio::test]
async fn all_services_share_one_socket() {
    let (harness, at) = start().await;
    let check = async |method: &str, path: &str, body: &str, status: u16, expected: &str| {
        let response = send(at, method, path, body).await;
        assert_eq!((response.status, &*response.body), (status, expected), "{method} {path}");
    };
    check("GET", "/orders/7", "", 200, r#"{"sku":"enoki","quantity":2}"#).await;
    check("POST", "/orders", r#"{"sku": "morel", "quantity": 1}"#, 201, "1 morel").await;
    check("GET", "/orders?from=3", "", 200, "from 3").await;
    check("GET", "/stock", "", 200, "[]").await;
    check("GET", "/blocking/loud", "", 200, "LOUD").await;
    check("GET", "/trace", "", 200, "00-ab-cd-01 00-ab-cd-01").await;
    harness.stop().await;
}

#[tokio::test]
async fn every_failure_is_a_problem() {
    let (harness, at) = start().await;
    let check =
        async |method: &str, path: &str, body: &str, status: u16, title: &str, text: &str| {
            let response = send(at, method, path, body).await;
            assert_eq!(response.status, status, "{method} {path}: {response:?}");
            assert!(response.head.contains("application/problem+json"), "{response:?}");
            let problem = response.json();
            assert_eq!(problem["title"], title, "{problem}");
            assert_eq!(problem["status"], status);
            assert!(problem["detail"].as_str().unwrap().contains(text), "{problem}");
        };
    check("GET", "/orders/8", "", 422, "UnknownOrder", "no order 8").await;
    check("GET", "/orders/x", "", 400, "Bad Request", "Cannot parse `x`").await;
    check("POST", "/orders", "{", 400, "Bad Request", "EOF").await;
    check("POST", "/orders", "{}", 422, "Unprocessable Entity", "missing field `sku`").await;
    check("GET", "/mistaken", "", 500, "Internal Server Error", "internal error").await;
    check("GET", "/panics", "", 500, "InternalError", "internal error").await;
    check("GET", "/nowhere", "", 404, "Not Found", "nothing is served at /nowhere").await;
    check("DELETE", "/orders", "", 405, "Method Not Allowed", "is not served by DELETE").await;
    let response = send(at, "GET", "/orders/8", "").await.json();
    assert_eq!(response["data"], json!({"id": 8}));
    harness.stop().await;
}

#[tokio::test]
async fn routes_that_clash_are_named_before_anything_is_served() {
    #[derive(Dependencies)]
    struct First;

    #[service(name = "first")]
    impl First {
        #[http(GET, "/same")]
        async fn same(&mut self) {}
        #[http(GET, "/by/{id}")]
        async fn by_id(&mut self) {}
        #[http(POST, "/same")]
        async fn another_method(&mut self) {}
    }

    #[derive(Dependencies)]
    struct Second;

    #[service(name = "second")]
    impl Second {
        #[http(GET, "/same")]
        async fn same(&mut self) {}
        #[http(GET, "/by/{name}")]
        async fn by_name(&mut self) {}
    }

    let http = Http::on("127.0.0.1:0");
    let harness = Harness::new().service::<First>().service::<Second>().entrypoint(http.clone());
    let Err(error) = harness.start().await else { panic!("it may not start") };
    assert_eq!(error.kind(), ErrorKind::Declaration);
    let text = error.to_string();
    assert!(text.contains("first.same and second.same both serve GET /same"), "{text}");
    assert!(
        text.contains("second.by_name serves /by/{name}, and first.by_id serves /by/{id}"),
        "{text}"
    );
    assert!(!text.contains("another_method"), "{text}");
    assert_eq!(http.address(), None);
}

#[test]
fn the_manifest_says_where_arguments_come_from() {
    let manifest = kinoko::manifest::<Shop>();
    let check = |method: &str, name: &str, location: &str| {
        let param = &manifest.method(method).unwrap().params[0];
        assert_eq!((&*param.name, param.location.as_deref()), (name, Some(location)));
    };
    check("show", "id", "path");
    check("place", "line", "body");
    check("list", "page", "query");
    let show = manifest.method("show").unwrap();
    assert_eq!(show.entrypoint.options["path"], "/orders/{id}");
    assert!(show.returns["properties"]["sku"].is_object(), "{}", show.returns);
}
