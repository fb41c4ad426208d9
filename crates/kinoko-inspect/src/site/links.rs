//! Who uses whom, looked up once for all pages.

use std::collections::HashMap;

use crate::map::{Calls, EventName, Events, Map};

/// The connections of a map, by the services at their ends.
pub(super) struct Links<'m> {
    near: HashMap<&'m str, Near<'m>>,
    emitters: HashMap<&'m EventName, &'m str>,
}

/// What a service has to do with others.
#[derive(Clone, Default)]
pub(super) struct Near<'m> {
    pub(super) calls: Vec<&'m Calls>,
    pub(super) called_by: Vec<&'m Calls>,
    pub(super) hears: Vec<&'m Events>,
    pub(super) heard_by: Vec<&'m Events>,
}

impl<'m> Links<'m> {
    pub(super) fn of(map: &'m Map) -> Links<'m> {
        let mut near: HashMap<&str, Near<'_>> = HashMap::new();
        for it in &map.calls {
            near.entry(&it.from).or_default().calls.push(it);
            near.entry(&it.to).or_default().called_by.push(it);
        }
        for it in &map.events {
            near.entry(&it.to).or_default().hears.push(it);
            near.entry(&it.from).or_default().heard_by.push(it);
        }
        let mut emitters = HashMap::new();
        for (name, service) in &map.services {
            for event in &service.emits {
                emitters.entry(event).or_insert(name.as_str());
            }
        }
        Links { near, emitters }
    }

    pub(super) fn near(&self, service: &str) -> Near<'m> {
        self.near.get(service).cloned().unwrap_or_default()
    }

    /// A service that emits an event, if one is described.
    pub(super) fn emitter(&self, event: &EventName) -> Option<&'m str> {
        self.emitters.get(event).copied()
    }
}
