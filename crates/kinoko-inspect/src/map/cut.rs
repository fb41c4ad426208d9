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
    pub fn cut(mut self, cut: &Cut) -> Result<Map, String> {
        match cut.only {
            Some(Only::Rpc) => self.events.clear(),
            Some(Only::Events) => self.calls.clear(),
            None => {}
        }
        let Some(around) = &cut.around else { return Ok(self) };
        if !self.services.contains_key(around) {
            let known: Vec<&str> = self.services.keys().map(String::as_str).collect();
            return Err(format!("there is no service {around:?}; there are {}", known.join(", ")));
        }
        let mut within = BTreeSet::from([around.clone()]);
        let mut edge = within.clone();
        for _ in 0..cut.depth.unwrap_or(1) {
            let next = edge.iter().flat_map(|it| self.neighbours(it)).map(str::to_owned);
            edge = next.filter(|it| !within.contains(it)).collect();
            within.extend(edge.iter().cloned());
        }
        self.services.retain(|name, _| within.contains(name));
        self.calls.retain(|it| within.contains(&it.from) && within.contains(&it.to));
        self.events.retain(|it| within.contains(&it.from) && within.contains(&it.to));
        self.problems.retain(|it| it.services().iter().any(|it| within.contains(*it)));
        Ok(self)
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
