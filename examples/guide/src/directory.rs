//! Chapter "Writing an entrypoint": `directory`, which runs a method for each file that appears in
//! a folder.

// ANCHOR: entrypoint
use std::{path::PathBuf, time::Duration};

use futures_util::future::join_all;
use kinoko::{
    BindContext, Bound, BoxFuture, Call, Entrypoint, Error, ErrorKind, Worker, codec::Arguments,
    prelude::*,
};
use tokio::{fs, time};

/// Runs `#[entrypoint("directory", path = "…")]` methods.
///
/// A method takes a file's name and its text. A file that was handled is removed, one that was not
/// gets `.failed` behind its name. Should the process die in between, the file is still there, and
/// comes again: handlers have to bear that.
pub struct Directories;

/// What the attribute on a method says.
#[derive(Deserialize)]
struct Options {
    path: PathBuf,
}

/// How often a folder is looked at.
const EVERY: Duration = Duration::from_millis(200);

impl Entrypoint for Directories {
    fn kind(&self) -> &'static str {
        "directory"
    }

    fn bind<'a>(
        &'a self,
        workers: Vec<Worker>,
        cx: BindContext,
    ) -> BoxFuture<'a, Result<Bound, Error>> {
        Box::pin(async move {
            let mut watches = Vec::new();
            for worker in workers {
                // Here everything that can be wrong is found: after it, the service is up.
                let options = options(&worker)?;
                fs::create_dir_all(&options.path).await.map_err(|err| {
                    let text = format!("cannot watch {}", options.path.display());
                    Error::new(ErrorKind::Dependency, text).with_source(err)
                })?;
                watches.push(watch(worker, options.path, cx.clone()));
            }
            Ok(Box::pin(async move { drop(join_all(watches).await) }) as Bound)
        })
    }
}

fn options(worker: &Worker) -> Result<Options, Error> {
    worker.method().entrypoint.read().map_err(|err| {
        let place = format!("directory {}.{}", worker.service(), worker.method().name);
        Error::new(ErrorKind::Declaration, err.to_string()).at(place)
    })
}

/// Looks at the folder until told to stop. What it began, it ends.
async fn watch(worker: Worker, folder: PathBuf, cx: BindContext) {
    // As long as it runs calls, the services of this process that they call go on.
    let _runs_calls = cx.calls.token();
    let mut clock = time::interval(EVERY);
    while cx.stopping.run_until_cancelled(clock.tick()).await.is_some() {
        if let Err(error) = look(&worker, &folder, &cx).await {
            tracing::warn!(folder = %folder.display(), %error, "a folder cannot be read");
        }
    }
}

async fn look(worker: &Worker, folder: &PathBuf, cx: &BindContext) -> std::io::Result<()> {
    let mut entries = fs::read_dir(folder).await?;
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        // Whoever writes a file gives it its name when it is complete.
        let is_whole = !name.ends_with(".part") && !name.ends_with(".failed");
        if !is_whole || !entry.file_type().await?.is_file() {
            continue;
        }
        let text = fs::read_to_string(entry.path()).await?;
        let Some(outcome) = handle(worker, &name, &text, cx).await else { return Ok(()) };
        match outcome {
            Ok(()) => fs::remove_file(entry.path()).await?,
            // The worker has logged why.
            Err(_) => fs::rename(entry.path(), folder.join(format!("{name}.failed"))).await?,
        }
    }
    Ok(())
}

/// file -> call -> worker -> outcome. `None` when the service is stopping before it began.
async fn handle(
    worker: &Worker,
    name: &str,
    text: &str,
    cx: &BindContext,
) -> Option<Result<(), Fault>> {
    let mut arguments = Arguments::new();
    arguments.add("name", &name);
    arguments.add("text", &text);
    let body = match arguments.into_body() {
        Ok(body) => body,
        Err(fault) => return Some(Err(fault)),
    };
    let call = Call::new(worker.context(), body);
    let outcome = worker.run_unless(&cx.stopping, call).await?;
    Some(outcome.map(drop))
}
// ANCHOR_END: entrypoint

// ANCHOR: service
/// What the service needs.
#[derive(Dependencies)]
pub struct Import {
    imported: Shared<std::sync::Mutex<Vec<String>>>,
}

/// Imports what others leave in a folder.
#[service(name = "import")]
impl Import {
    #[entrypoint("directory", path = std::env::temp_dir().join("kinoko-guide-inbox").to_string_lossy())]
    async fn on_file(&mut self, name: String, text: String) -> Result<(), Fault> {
        if text.is_empty() {
            return Err(Fault::application("Empty", format!("{name} is empty")).expected());
        }
        self.imported.lock().map_err(|err| Fault::internal(&err))?.push(text);
        Ok(())
    }
}
// ANCHOR_END: service
