//! The `directory` entrypoint.

use std::{fs, sync::Mutex};

use guide::directory::{Directories, Import};
use kinoko_testing::{Harness, eventually};

#[tokio::test]
async fn a_file_that_appears_is_handled_and_removed() {
    let inbox = std::env::temp_dir().join("kinoko-guide-inbox");
    fs::create_dir_all(&inbox).unwrap();
    let harness = Harness::new()
        .provide(Mutex::new(Vec::<String>::new()))
        .entrypoint(Directories)
        .service::<Import>();
    let harness = harness.start().await.unwrap();
    for (name, text) in [("good.txt", "apples"), ("empty.txt", "")] {
        let part = inbox.join(format!("{name}.part"));
        fs::write(&part, text).unwrap();
        fs::rename(part, inbox.join(name)).unwrap();
    }
    let gone = async |name: &str| !inbox.join(name).exists();
    eventually("the good one is handled", async || gone("good.txt").await).await;
    eventually("the empty one is set aside", async || !gone("empty.txt.failed").await).await;
    assert!(gone("empty.txt").await);
    harness.stop().await;
    fs::remove_dir_all(inbox).unwrap();
}

#[tokio::test]
async fn without_the_entrypoint_the_service_does_not_start() {
    let harness = Harness::new().provide(Mutex::new(Vec::<String>::new())).service::<Import>();
    let error = harness.start().await.err().unwrap().to_string();
    assert!(error.contains("nothing runs the `directory` entrypoint of import.on_file"), "{error}");
}
