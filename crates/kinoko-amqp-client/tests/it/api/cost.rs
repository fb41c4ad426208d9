//! What a connection costs that does nothing.

use futures_util::future::join_all;

use crate::{
    case::{Case, Test, test},
    process::{growth, memory, threads},
};

pub(crate) const TESTS: &[(&str, Test)] = &[test!("cost", of_connections_that_do_nothing)];

const CONNECTIONS: usize = 20;
const MOST: usize = 200 * 1024;

async fn of_connections_that_do_nothing(case: Case) {
    // What the first of them makes once for all is not of interest.
    case.connect().await.close().await;
    let (memory, before) = (memory(), threads());
    let connections = join_all((0..CONNECTIONS).map(|_| case.connect())).await;
    let each = growth(memory) / CONNECTIONS;
    println!("    {} kB and {} threads each", each / 1024, threads().saturating_sub(before));
    assert!(each < MOST, "{each} bytes");
    assert!(threads() <= before, "{} threads, before {before}", threads());
    join_all(connections.iter().map(|it| it.close())).await;
}
