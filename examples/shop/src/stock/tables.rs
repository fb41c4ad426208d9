//! The SQL of `stock`.

use std::collections::BTreeMap;

use kinoko::prelude::*;
use sqlx::SqliteConnection;

use crate::{orders::Line, store::Schema};

/// The tables of `stock`.
pub struct Tables;

impl Schema for Tables {
    // `taken` counts up from nothing, so that a product needs no row before its first order.
    const STEPS: &'static [&'static str] =
        &["CREATE TABLE taken (sku TEXT PRIMARY KEY, quantity INTEGER NOT NULL) STRICT;
        CREATE TABLE answers (order_id TEXT PRIMARY KEY, missing TEXT) STRICT;
        CREATE TABLE reserved (
            order_id TEXT NOT NULL,
            sku TEXT NOT NULL,
            quantity INTEGER NOT NULL,
            PRIMARY KEY (order_id, sku)
        ) STRICT;"];
}

/// How many of a product are left, of as many as there were at first.
pub(super) async fn left(db: &mut SqliteConnection, sku: &str, initial: u32) -> Result<i64, Fault> {
    let taken: Option<i64> = sqlx::query_scalar("SELECT quantity FROM taken WHERE sku = ?")
        .bind(sku)
        .fetch_optional(db)
        .await
        .map_err(Fault::internal)?;
    Ok(i64::from(initial) - taken.unwrap_or(0))
}

/// Sets aside all that an order needs, or says what is missing. Says the same when asked again.
pub(super) async fn reserve(
    db: &mut SqliteConnection,
    order: &str,
    lines: &[Line],
    initial: u32,
) -> Result<Option<String>, Fault> {
    let answered: Option<Option<String>> =
        sqlx::query_scalar("SELECT missing FROM answers WHERE order_id = ?")
            .bind(order)
            .fetch_optional(&mut *db)
            .await
            .map_err(Fault::internal)?;
    if let Some(missing) = answered {
        return Ok(missing);
    }
    let mut wanted = BTreeMap::new();
    for Line { sku, quantity } in lines {
        *wanted.entry(sku.as_str()).or_insert(0) += i64::from(quantity.get());
    }
    let mut missing = None;
    for (sku, quantity) in &wanted {
        if left(db, sku, initial).await? < *quantity {
            missing = Some((*sku).to_owned());
        }
    }
    if missing.is_none() {
        take(db, order, &wanted).await?;
    }
    sqlx::query("INSERT INTO answers VALUES (?, ?)")
        .bind(order)
        .bind(&missing)
        .execute(db)
        .await
        .map_err(Fault::internal)?;
    Ok(missing)
}

async fn take(
    db: &mut SqliteConnection,
    order: &str,
    wanted: &BTreeMap<&str, i64>,
) -> Result<(), Fault> {
    for (sku, quantity) in wanted {
        sqlx::query("INSERT INTO reserved VALUES (?, ?, ?)")
            .bind(order)
            .bind(sku)
            .bind(quantity)
            .execute(&mut *db)
            .await
            .map_err(Fault::internal)?;
        sqlx::query(
            "INSERT INTO taken VALUES (?, ?)
             ON CONFLICT (sku) DO UPDATE SET quantity = quantity + excluded.quantity",
        )
        .bind(sku)
        .bind(quantity)
        .execute(&mut *db)
        .await
        .map_err(Fault::internal)?;
    }
    Ok(())
}

/// Puts back what was set aside for an order. The second time there is nothing to put back.
pub(super) async fn release(db: &mut SqliteConnection, order: &str) -> Result<(), Fault> {
    sqlx::query(
        "UPDATE taken SET quantity = taken.quantity - reserved.quantity
         FROM reserved WHERE reserved.sku = taken.sku AND reserved.order_id = ?",
    )
    .bind(order)
    .execute(&mut *db)
    .await
    .map_err(Fault::internal)?;
    sqlx::query("DELETE FROM reserved WHERE order_id = ?")
        .bind(order)
        .execute(db)
        .await
        .map_err(Fault::internal)?;
    Ok(())
}
