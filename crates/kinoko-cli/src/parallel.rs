//! Work on several files at once.

use std::{
    num::NonZero,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// Makes something of each item, on all processors, in the order of the items.
///
/// # Errors
/// The first in that order.
pub(crate) fn map<T: Sync, R: Send, E: Send>(
    items: &[T],
    make: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(at)
        {
            let it = make(item);
            let is_over = it.is_err();
            made.push((at, it));
            // What comes behind it is not asked for any more.
            if is_over {
                next.store(items.len(), Ordering::Relaxed);
            }
        }
        made
    };
    let mut made = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut made = work();
        for other in others {
            made.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    });
    made.sort_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, it)| it).collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn all_is_made_in_order_or_the_first_error_told() {
        let items: Vec<u32> = (0..500).collect();
        let doubled = map(&items, |it| Ok::<_, u32>(it * 2)).unwrap();
        assert!(doubled.iter().zip(&items).all(|(double, it)| *double == it * 2));
        assert_eq!(map(&items, |it| if *it < 7 { Ok(()) } else { Err(*it) }), Err(7));
        assert_eq!(map(&[], |it: &u32| Ok::<_, u32>(*it)), Ok(Vec::new()));
    }
}
