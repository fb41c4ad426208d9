//! The shop as one process, killed while orders go round.

use tempfile::TempDir;

use crate::{
    customer::{all_paid, place},
    process::Process,
};

#[tokio::test(flavor = "multi_thread")]
async fn no_order_is_lost_when_the_shop_is_killed() {
    let data = TempDir::new().unwrap();
    let args = ["--data", data.path().to_str().unwrap()];
    let mut taken = Vec::new();
    for _ in 0..3 {
        let shop = Process::start(&args, &[]);
        taken.extend(place(&shop.address, 10).await);
        shop.kill();
    }
    assert_eq!(taken.len(), 30);
    let shop = Process::start(&args, &[]);
    let kept = all_paid(&shop.address).await;
    let lost: Vec<_> = taken.iter().filter(|it| !kept.contains(it)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}
