//! [`Opened`]: a database file, opened and brought up to date.

use std::{fs, path::Path, time::Duration};

use kinoko::{Error, ErrorKind};
use sqlx::{
    AssertSqlSafe, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;

/// How long to wait for another process that has the same database open.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open database. Its file is removed with it when nobody said where to keep it.
#[derive(Debug)]
pub struct Opened {
    pool: SqlitePool,
    _temporary: Option<TempDir>,
}

impl Opened {
    /// Opens the database of a service in that folder, else in a temporary one, and takes the steps
    /// that are missing.
    pub(crate) async fn open(
        folder: Option<&Path>,
        service: &str,
        steps: &'static [&'static str],
    ) -> Result<Opened, Error> {
        let unusable = |err: std::io::Error| {
            let named = folder.map(|it| format!(" {}", it.display())).unwrap_or_default();
            let text = format!(
                "cannot make the data folder{named}: {err}; name one that can be written with --data"
            );
            Error::new(ErrorKind::Dependency, text)
        };
        let temporary = match folder {
            Some(folder) => fs::create_dir_all(folder).map(|()| None).map_err(unusable)?,
            None => Some(TempDir::with_prefix("shop-").map_err(unusable)?),
        };
        let folder = folder.or(temporary.as_ref().map(TempDir::path)).unwrap_or(Path::new("."));
        let file = folder.join(service).with_extension("sqlite");
        let pool = open(&file, steps).await.map_err(|err| {
            let text = format!("cannot open {}", file.display());
            Error::new(ErrorKind::Dependency, text).with_source(err)
        })?;
        Ok(Opened { pool, _temporary: temporary })
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

async fn open(file: &Path, steps: &'static [&'static str]) -> Result<SqlitePool, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // What is committed survives a power failure, too.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE);
    // SQLite has one writer. With one connection calls queue for it here, in order.
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    migrate(&pool, steps).await?;
    Ok(pool)
}

async fn migrate(pool: &SqlitePool, steps: &'static [&'static str]) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let taken: u32 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *transaction).await?;
    let Some(missing) = steps.get(taken as usize..) else {
        let text = format!(
            "the database has {taken} steps and this program knows {}: \
                            run the newer program that wrote it",
            steps.len()
        );
        return Err(sqlx::Error::Configuration(text.into()));
    };
    for step in missing {
        sqlx::raw_sql(*step).execute(&mut *transaction).await?;
    }
    let version = format!("PRAGMA user_version = {}", steps.len());
    sqlx::raw_sql(AssertSqlSafe(version)).execute(&mut *transaction).await?;
    transaction.commit().await
}
