//! `kinoko rules`.

use clap::Args;
use kinoko_inspect::rules::{self, About};

use crate::{exit::Failure, out};

/// List the rules that changes are judged by.
///
/// What a change is of a rule's depends on which side is the new one: the one that reads, as of a request, or the one that
/// writes, as of a reply or an event.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// Only this one, in full.
    rule: Option<String>,
    /// As JSON.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// As the page of the guide.
    #[arg(long)]
    markdown: bool,
}

impl Rules {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let all: Vec<&About> = match &self.rule {
            None => rules::all().collect(),
            Some(id) => {
                let found = rules::all().find(|it| it.id == id);
                vec![found.ok_or_else(|| {
                    Failure::usage(format!("there is no rule {id:?}; `kinoko rules` lists them"))
                })?]
            }
        };
        if self.json {
            return out::json(&all);
        }
        if self.markdown {
            return out::text(&rules::markdown());
        }
        let mut text = String::new();
        for about in all {
            let About { id, title, rationale, fix, level, example } = about;
            if self.rule.is_some() {
                text += &format!("{id}: {title}\n\n{rationale}\n\n");
                text += &format!(
                    "when the reader is new   {:9}  {}\n",
                    level.reader.word(),
                    fix.reader
                );
                text += &format!(
                    "when the writer is new   {:9}  {}\n\n",
                    level.writer.word(),
                    fix.writer
                );
                text += &format!(
                    "for example\n  writes  {}\n  reads   {}\n",
                    example.writes, example.reads
                );
            } else {
                text += &format!(
                    "{id:20} {:9} {:9} {title}\n",
                    level.reader.word(),
                    level.writer.word()
                );
            }
        }
        if self.rule.is_none() {
            text = format!("{:20} {:9} {:9}\n", "rule", "reader", "writer") + &text;
        }
        out::text(&text)
    }
}
