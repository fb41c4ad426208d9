//! `kinoko map`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use kinoko_inspect::map::{Cut, Drawing, Map, Only};

use crate::{exit::Failure, manifests, out};

/// Show who calls whom and who hears of what, as the services declare it.
#[derive(Debug, Args)]
pub(crate) struct MapCommand {
    /// Manifests, or folders of them; `-` is standard input.
    #[arg(required = true, value_name = "MANIFEST|DIR")]
    manifests: Vec<PathBuf>,
    /// In which form.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// Only what is around this service.
    #[arg(long, value_name = "SERVICE")]
    around: Option<String>,
    /// How many steps from it.
    #[arg(long, requires = "around", value_name = "STEPS", default_value_t = 1)]
    depth: u32,
    /// Only one kind of connection.
    #[arg(long, value_enum)]
    only: Option<Kind>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// For a terminal.
    Text,
    /// For Markdown that draws Mermaid.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture.
    Svg,
    /// For programs.
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Calls.
    Rpc,
    /// Events.
    Events,
}

impl MapCommand {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let map = Map::of(&manifests::read(&self.manifests)?);
        let only = self.only.map(|it| match it {
            Kind::Rpc => Only::Rpc,
            Kind::Events => Only::Events,
        });
        let cut = Cut { around: self.around, depth: Some(self.depth), only };
        let map = map.cut(&cut).map_err(Failure::usage)?;
        match self.format {
            Form::Text => out::text(&map.to_text()),
            Form::Mermaid => out::text(&map.to_mermaid()),
            Form::Dot => out::text(&map.to_dot()),
            Form::Svg => out::text(&Drawing::of(&map).to_svg()),
            Form::Json => out::json(&map),
        }
    }
}
