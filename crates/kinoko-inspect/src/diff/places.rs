//! The places of an interface at which something is written by one side and read by another.

use serde::Serialize;

use super::Change;
use crate::{
    compare::{self, Mismatch, Path},
    interface::{Interface, handlers_of_both, methods_of_both},
    rules::Level,
    schema::{Alternative, Id, Objects, Shape, Shapes},
};

/// Who writes what a change is about, and who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Callers send it, the service reads it.
    Request,
    /// The service sends it, callers read it.
    Reply,
    /// The service emits it, handlers of other services read it.
    Event,
    /// Another service emits it, the service reads it.
    Handled,
    /// Whoever runs the service writes it, the service reads it.
    Settings,
    /// It is about both sides.
    Both,
}

impl Direction {
    /// Whether the service whose versions are compared is the one that reads.
    pub fn service_reads(self) -> bool {
        matches!(self, Direction::Request | Direction::Handled | Direction::Settings)
    }
}

/// One such place in two versions of a service.
pub(super) struct Place {
    path: String,
    direction: Direction,
    /// What others, made for the old version, go on doing; and for the new one.
    others: (Id, Id),
    /// What the old version did, and the new one does.
    own: (Id, Id),
}

/// The places that two versions have in common.
pub(super) fn of_both(old: &Interface<'_>, new: &Interface<'_>, shapes: &mut Shapes) -> Vec<Place> {
    let mut places = Vec::new();
    let mut place = |path: String, direction, others: (Id, Id), own: (Id, Id)| {
        places.push(Place { path, direction, others, own });
    };
    for (old, new) in methods_of_both(old, new) {
        let name = &old.info.name;
        let others = (old.request_as_written, new.request_as_written);
        place(format!("{name}.request"), Direction::Request, others, (old.request, new.request));
        let others = (old.reply_as_read, new.reply_as_read);
        place(format!("{name}.reply"), Direction::Reply, others, (old.reply, new.reply));
        for (fault, before) in &old.faults {
            let now = new.faults.iter().find(|(it, _)| it.name == fault.name);
            if let Some((_, now)) = now {
                // Nothing comes with it: `null` is what is written, and read by who looks.
                let both = (before.unwrap_or(Shapes::NULL), now.unwrap_or(Shapes::NULL));
                place(format!("{name}.faults.{}", fault.name), Direction::Reply, both, both);
            }
        }
    }
    for old in &old.emits {
        if let Some(new) = new.emitted(&old.info.source, &old.info.event_type) {
            let path = format!("events.{}.{}", old.info.source, old.info.event_type);
            let others = (old.payload_as_read, new.payload_as_read);
            place(path, Direction::Event, others, (old.payload, new.payload));
        }
    }
    for (old, new) in handlers_of_both(old, new) {
        let same = (old.source, old.event_type) == (new.source, new.event_type);
        if same {
            // Who looks at nothing of an event takes any.
            let either = |it: Option<Id>| it.unwrap_or(Shapes::ANY);
            let both = (either(old.payload), either(new.payload));
            place(format!("{}.event", old.info.name), Direction::Handled, both, both);
        }
    }
    for new in &new.settings {
        let before = old.settings.iter().find(|it| it.section == new.section);
        let nothing = || Shape {
            alternatives: vec![Alternative::Object(Objects::default())],
            ..Shape::default()
        };
        // A section that nobody read before is in nobody's configuration.
        let before = before.map_or_else(|| shapes.add_shape(nothing()), |it| it.reads);
        let path = format!("settings.{}", new.section);
        let both = (before, new.reads);
        place(path.trim_end_matches('.').to_owned(), Direction::Settings, both, both);
    }
    places
}

impl Place {
    /// What changed here.
    pub(super) fn changes(&self, shapes: &Shapes, service: &str) -> Vec<Change> {
        let reads = self.direction.service_reads();
        let ((others, others_new), (before, now)) = (self.others, self.own);
        let (found, relaxed) = if reads {
            (compare::compare(shapes, others, now), compare::compare(shapes, others_new, before))
        } else {
            (compare::compare(shapes, now, others), compare::compare(shapes, before, others_new))
        };
        let mut changes: Vec<Change> =
            found.iter().map(|it| self.change(it, service, it.level(reads), reads)).collect();
        // What would not have fitted the other way round is a change too, and a safe one.
        // At the place of one that was told already it is the same change, seen from the other side.
        for it in relaxed.iter().filter(|it| !found.iter().any(|other| it.path == other.path)) {
            let change = self.change(it, service, Level::Safe, !reads);
            changes.push(Change { fix: "nothing needs to be done", ..change });
        }
        changes
    }

    fn change(&self, it: &Mismatch, service: &str, level: Level, new_reads: bool) -> Change {
        let about = &it.rule.about;
        let (before, after) =
            if new_reads { (&it.writes, &it.reads) } else { (&it.reads, &it.writes) };
        Change {
            about,
            level,
            direction: self.direction,
            service: service.to_owned(),
            path: joined(&self.path, &it.path),
            before: before.clone(),
            after: after.clone(),
            value: it.value.clone().filter(|_| level == Level::Breaking),
            fix: if new_reads { about.fix.reader } else { about.fix.writer },
            acknowledged: None,
        }
    }
}

/// A place, and where in it.
pub(crate) fn joined(place: &str, path: &Path) -> String {
    let inner = path.to_string();
    match inner.chars().next() {
        None => place.to_owned(),
        Some('[' | '{' | '<') => format!("{place}{inner}"),
        Some(_) => format!("{place}.{inner}"),
    }
}
