//! Arguments that can be left out or must not be seen, and names that generated code uses too.

use kinoko::prelude::*;

#[derive(Debug, Fault)]
pub enum FindError {
    NotFound,
}

#[derive(Dependencies)]
pub struct Search {}

#[service(name = "search", client = Finder)]
impl Search {
    const LIMIT: u32 = 20;

    #[rpc(durable)]
    async fn find(
        &mut self,
        words: Vec<String>,
        after: Option<u64>,
        #[arg(default = Self::LIMIT)] limit: u32,
        #[arg(default)] tags: Vec<String>,
        #[arg(sensitive)] token: String,
    ) -> Result<Vec<u64>, FindError> {
        let _ = (after, tags, token);
        if words.is_empty() { Err(FindError::NotFound) } else { Ok(vec![limit.into()]) }
    }

    #[rpc]
    async fn r#move(&self, service: String, this: String, args: String, r#type: String) -> usize {
        service.len() + this.len() + args.len() + r#type.len()
    }

    #[rpc]
    #[deprecated]
    async fn old(&self) {}

    #[rpc]
    #[cfg(any())]
    async fn elsewhere(&self, only_there: Elsewhere) {}

    #[expect(dead_code, reason = "a method of its own")]
    fn own(&self) {}
}
