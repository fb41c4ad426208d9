//! A part of a map.

use std::collections::BTreeSet;

use super::Map;

/// Which part.
#[derive(Debug, Clone, Default)]
pub struct Cut {
    /// Only what is around this service.
    pub around: Option<String>,
    /// How many steps away; one when not said.
    pub depth: Option<u32>,
    /// Only one kind of connection.
    pub only: Option<Only>,
}

/// One kind of connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// Calls.
    Rpc,
    /// Events.
    Events,
}

impl Map {
    /// The part of the map that is asked for.
    ///
    /// # Errors
    /// When there is no service of the name it should be around; with the nearest one, if any is near.
    pub fn cut(&self, cut: &Cut) -> Result<Map, String> {
        let Some(around) = &cut.around else { return Ok(self.kept(cut.only, |_| true)) };
        if !self.services.contains_key(around) {
            let known: Vec<&str> = self.services.keys().map(String::as_str).collect();
            return Err(format!("there is no service {around:?}; there are {}", known.join(", ")));
        }
        let mut within = BTreeSet::from([around.as_str()]);
        let mut edge = within.clone();
        for _ in 0..cut.depth.unwrap_or(1) {
            let next = edge.iter().flat_map(|it| self.neighbours(it, cut.only));
            edge = next.filter(|it| !within.contains(it)).collect();
            within.extend(edge.iter());
        }
        Ok(self.kept(cut.only, |it| within.contains(it)))
    }

    fn neighbours(&self, service: &str, only: Option<Only>) -> impl Iterator<Item = &str> {
        let calls = self.calls.iter().filter(move |_| only != Some(Only::Events));
        let events = self.events.iter().filter(move |_| only != Some(Only::Rpc));
        let calls = calls.map(|it| (it.from.as_str(), it.to.as_str()));
        calls.chain(events.map(|it| (it.from.as_str(), it.to.as_str()))).filter_map(
            move |(from, to)| match service {
                it if it == from => Some(to),
                it if it == to => Some(from),
                _ => None,
            },
        )
    }

    fn kept(&self, only: Option<Only>, within: impl Fn(&str) -> bool) -> Map {
        let services = self.services.iter().filter(|(name, _)| within(name));
        // These come in the order of who they are from: most of a large map is passed over by one look at each service.
        let calls = self.calls.chunk_by(|a, b| a.from == b.from);
        let calls = calls.filter(|it| within(&it[0].from)).flatten().filter(|it| within(&it.to));
        let events = self.events.chunk_by(|a, b| a.from == b.from);
        let events = events.filter(|it| within(&it[0].from)).flatten().filter(|it| within(&it.to));
        let problems = self.problems.iter().filter(|it| it.services().into_iter().any(&within));
        Map {
            services: services.map(|(name, it)| (name.clone(), it.clone())).collect(),
            calls: calls.filter(|_| only != Some(Only::Events)).cloned().collect(),
            events: events.filter(|_| only != Some(Only::Rpc)).cloned().collect(),
            problems: problems.cloned().collect(),
        }
    }
}

impl super::Problem {
    /// The services it is about.
    pub fn services(&self) -> Vec<&str> {
        use super::Problem::*;
        match self {
            NobodyServes { from, service, .. } => vec![from, service],
            NobodyEmits { by, .. } | NobodyHandles { by, .. } => vec![by],
            Circle { services } => services.iter().map(String::as_str).collect(),
            NotDescribed { service } => vec![service],
        }
    }
}
