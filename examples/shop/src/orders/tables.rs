//! The SQL of `orders`.

use kinoko::prelude::*;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::{Line, Order, Status};
use crate::store::Schema;

/// The tables of `orders`.
pub struct Tables;

impl Schema for Tables {
    const STEPS: &'static [&'static str] = &["CREATE TABLE orders (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            status TEXT NOT NULL,
            reason TEXT,
            total INTEGER NOT NULL,
            lines TEXT NOT NULL,
            reminders INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX waiting ON orders (reminders, number) WHERE status = 'placed';"];
}

/// How many orders are told of again at once, and how many are listed.
const MANY: u32 = 100;

pub(super) async fn insert(db: &mut SqliteConnection, order: &Order) -> Result<(), Fault> {
    sqlx::query("INSERT INTO orders (id, status, total, lines) VALUES (?, ?, ?, ?)")
        .bind(&order.id)
        .bind(order.status.as_str())
        .bind(order.total)
        .bind(serde_json::to_string(&order.lines).map_err(Fault::internal)?)
        .execute(db)
        .await
        .map_err(Fault::internal)?;
    Ok(())
}

pub(super) async fn find(db: &mut SqliteConnection, id: &str) -> Result<Option<Order>, Fault> {
    let row = sqlx::query("SELECT * FROM orders WHERE id = ?").bind(id).fetch_optional(db).await;
    row.map_err(Fault::internal)?.as_ref().map(read).transpose()
}

pub(super) async fn newest(db: &mut SqliteConnection) -> Result<Vec<Order>, Fault> {
    let rows = sqlx::query("SELECT * FROM orders ORDER BY number DESC LIMIT ?").bind(MANY);
    rows.fetch_all(db).await.map_err(Fault::internal)?.iter().map(read).collect()
}

/// Says what became of an order. What was said first holds, and is returned.
pub(super) async fn settle(
    db: &mut SqliteConnection,
    id: &str,
    status: Status,
    reason: Option<&str>,
) -> Result<Option<Status>, Fault> {
    sqlx::query("UPDATE orders SET status = ?, reason = ? WHERE id = ? AND status = 'placed'")
        .bind(status.as_str())
        .bind(reason)
        .bind(id)
        .execute(&mut *db)
        .await
        .map_err(Fault::internal)?;
    Ok(find(db, id).await?.map(|it| it.status))
}

/// Orders that wait for an answer, those first that were returned least often.
pub(super) async fn waiting(db: &mut SqliteConnection) -> Result<Vec<Order>, Fault> {
    let rows = sqlx::query(
        "UPDATE orders SET reminders = reminders + 1 WHERE number IN (
            SELECT number FROM orders WHERE status = 'placed' ORDER BY reminders, number LIMIT ?
        ) RETURNING *",
    );
    rows.bind(MANY).fetch_all(db).await.map_err(Fault::internal)?.iter().map(read).collect()
}

fn read(row: &SqliteRow) -> Result<Order, Fault> {
    let order = || -> Result<Order, sqlx::Error> {
        let status: &str = row.try_get("status")?;
        let lines: &str = row.try_get("lines")?;
        Ok(Order {
            id: row.try_get("id")?,
            status: Status::from_text(status).ok_or_else(|| {
                sqlx::Error::Decode(format!("there is no status {status}").into())
            })?,
            reason: row.try_get("reason")?,
            total: row.try_get("total")?,
            lines: serde_json::from_str::<Vec<Line>>(lines)
                .map_err(|err| sqlx::Error::Decode(err.into()))?,
        })
    };
    order().map_err(Fault::internal)
}
