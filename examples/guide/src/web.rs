//! Chapter "HTTP".

// ANCHOR: http
use kinoko::{http::StatusCode, prelude::*};

/// What the service needs.
#[derive(Dependencies)]
pub struct Notes {
    store: Shared<Store>,
}

/// All notes.
pub type Store = std::sync::Mutex<Vec<String>>;

/// Keeps notes.
#[service(name = "notes")]
impl Notes {
    /// Parameters are axum's extractors, results anything that is a response.
    #[http(POST, "/notes")]
    async fn add(&mut self, Json(note): Json<Note>) -> Result<(StatusCode, String), NoteError> {
        if note.text.is_empty() {
            return Err(NoteError::Empty);
        }
        let mut notes = self.lock();
        notes.push(note.text);
        Ok((StatusCode::CREATED, format!("/notes/{}", notes.len() - 1)))
    }

    #[http(GET, "/notes/{number}")]
    async fn show(&mut self, Path(number): Path<usize>) -> Result<Json<Note>, NoteError> {
        let text = self.lock().get(number).cloned();
        Ok(Json(Note { text: text.ok_or(NoteError::NoSuchNote { number })? }))
    }

    #[http(GET, "/notes")]
    async fn find(&mut self, Query(query): Query<Find>) -> Json<Vec<String>> {
        let notes = self.lock();
        Json(notes.iter().filter(|it| it.contains(&query.containing)).cloned().collect())
    }
}

/// A note.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// What it says.
    pub text: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Find {
    #[serde(default)]
    containing: String,
}

/// How it fails: each has its status, and a body of type `application/problem+json`.
#[derive(Debug, Fault)]
pub enum NoteError {
    /// A note says something. (What is the caller's doing is 422 unless it says otherwise.)
    #[fault(expected)]
    Empty,
    /// There is no such note.
    #[fault(expected, status = 404, message = "there is no note {number}")]
    NoSuchNote {
        /// Which was asked for.
        number: usize,
    },
}
// ANCHOR_END: http

impl Notes {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.store.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
