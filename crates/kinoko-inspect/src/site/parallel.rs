//! Work on many things at once.

use std::{
    num::NonZero,
    sync::{Mutex, PoisonError, mpsc::sync_channel},
    thread,
};

/// Makes something of each item, on all processors, and takes what was made as it comes, with the place of its
/// item. What is made waits to be taken, so that little of it is there at once.
pub(super) fn each<T: Send, M: Send, E>(
    items: Vec<T>,
    make: impl Fn(T) -> M + Sync,
    mut take: impl FnMut(usize, M) -> Result<(), E>,
) -> Result<(), E> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    let items = Mutex::new(items.into_iter().enumerate());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        let (send, made) = sync_channel(workers);
        for _ in 0..workers {
            let (send, next, make) = (send.clone(), &next, &make);
            scope.spawn(move || {
                while let Some((at, item)) = next() {
                    // Nobody takes any more after an error.
                    if send.send((at, make(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        made.into_iter().try_for_each(|(at, it)| take(at, it))
    })
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn all_is_made_and_an_error_ends_it() {
        let items: Vec<usize> = (0..1000).collect();
        let mut taken = vec![0; 1000];
        let done: Result<(), ()> = each(
            items.clone(),
            |it| it * 2,
            |at, it| {
                taken[at] = it;
                Ok(())
            },
        );
        assert!(done.is_ok() && taken.iter().enumerate().all(|(at, it)| *it == at * 2));
        let mut count = 0;
        let done = each(
            items,
            |it| it,
            |_, it| {
                count += 1;
                if it == 500 { Err("enough") } else { Ok(()) }
            },
        );
        assert!(done == Err("enough") && count < 600, "{count}");
        assert_eq!(each(Vec::new(), |it: usize| it, |_, _| Err("none")), Ok(()));
    }
}
