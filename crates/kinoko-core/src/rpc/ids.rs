//! `ById`: a table by call id, in shards so that no call waits for another's lock.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

const SHARDS: usize = 16;

/// A shard that was this full gives its room back once it is empty.
const BURST: usize = 64;

pub(super) type Shard<T> = HashMap<Uuid, T, BuildHasherDefault<AlreadyRandom>>;

/// A table by random ids.
pub(super) struct ById<T>([Mutex<Shard<T>>; SHARDS]);

impl<T> Default for ById<T> {
    fn default() -> ById<T> {
        ById(std::array::from_fn(|_| Mutex::default()))
    }
}

impl<T> ById<T> {
    pub(super) fn insert(&self, id: Uuid, value: T) {
        self.shard(id).insert(id, value);
    }

    pub(super) fn remove(&self, id: Uuid) -> Option<T> {
        let mut shard = self.shard(id);
        let value = shard.remove(&id);
        give_room_back(&mut shard);
        value
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|it| lock(it).len()).sum()
    }

    pub(super) fn clear(&self) {
        for shard in &self.0 {
            lock(shard).clear();
        }
    }

    /// The shard that id is in, locked.
    pub(super) fn shard(&self, id: Uuid) -> MutexGuard<'_, Shard<T>> {
        lock(&self.0[id.as_u128() as usize % SHARDS])
    }
}

/// To be called when something was taken out.
pub(super) fn give_room_back<T>(shard: &mut Shard<T>) {
    if shard.is_empty() && shard.capacity() > BURST {
        shard.shrink_to_fit();
    }
}

fn lock<T>(shard: &Mutex<Shard<T>>) -> MutexGuard<'_, Shard<T>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Random ids need no hashing: half of one is as good as any hash of it.
#[derive(Default)]
pub(super) struct AlreadyRandom(u64);

impl Hasher for AlreadyRandom {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(half) = bytes.first_chunk() {
            self.0 = u64::from_be_bytes(*half);
        }
    }

    fn write_usize(&mut self, _length: usize) {}
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::ById;

    #[test]
    fn a_burst_leaves_no_room_behind() {
        let table = ById::default();
        let ids: Vec<_> = (0..10_000).map(|_| Uuid::new_v4()).collect();
        for (value, id) in ids.iter().enumerate() {
            table.insert(*id, value);
        }
        assert_eq!(table.len(), ids.len());
        for (value, id) in ids.iter().enumerate() {
            assert_eq!((table.remove(*id), table.remove(*id)), (Some(value), None));
        }
        assert_eq!(table.len(), 0);
        assert!(ids.iter().all(|it| table.shard(*it).capacity() <= super::BURST));
    }
}
