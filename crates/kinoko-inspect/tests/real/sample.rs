//! [`Sample`]: values of a type, its edges among them. Written by [`sampled!`] beside the type, from the type alone: no
//! schema has a say in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Cycle,
    num::NonZeroU32,
    vec,
};

/// How far types that hold themselves go down.
const DEPTH: usize = 4;

/// A type of which there are values to try.
pub(crate) trait Sample: Clone {
    /// Values that between them have each variant, each end of a range, nothing and something.
    ///
    /// `depth` says how many lists and options within each other may still have something in them.
    fn to_depth(depth: usize) -> Vec<Self>;

    /// The same, deep enough for a type to show within itself.
    fn samples() -> Vec<Self> {
        Self::to_depth(DEPTH)
    }
}

/// Declares types as they are written, and samples them.
///
/// Of a struct there are as many values as of the field with the most; the others go round meanwhile.
macro_rules! sampled {
    () => {};
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$inner:meta])* pub $field:ident: $type:ty),* $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])* pub struct $name { $($(#[$inner])* pub $field: $type),* }

        impl $crate::sample::Sample for $name {
            fn to_depth(depth: usize) -> Vec<Self> {
                $crate::sample::sampled!(@rows depth, [$name], { $($field: $type),* })
            }
        }
        $crate::sample::sampled! { $($rest)* }
    };
    ($(#[$meta:meta])* pub struct $name:ident($(pub $type:ty),*); $($rest:tt)*) => {
        $(#[$meta])* pub struct $name($(pub $type),*);

        impl $crate::sample::Sample for $name {
            fn to_depth(depth: usize) -> Vec<Self> {
                $crate::sample::sampled!(@rows depth, [$name], ($($type),*))
            }
        }
        $crate::sample::sampled! { $($rest)* }
    };
    ($(#[$meta:meta])* pub enum $name:ident {
        $(
            $(#[$inner:meta])*
            $variant:ident $(($($new:ty),*))? $({ $($field:ident: $type:ty),* $(,)? })?
        ),* $(,)?
    } $($rest:tt)*) => {
        $(#[$meta])* pub enum $name {
            $($(#[$inner])* $variant $(($($new),*))? $({ $($field: $type),* })?),*
        }

        impl $crate::sample::Sample for $name {
            fn to_depth(depth: usize) -> Vec<Self> {
                let _ = depth;
                let mut all = Vec::new();
                $(all.extend($crate::sample::sampled!(
                    @rows depth, [$name::$variant], $(($($new),*))? $({ $($field: $type),* })?
                ));)*
                all
            }
        }
        $crate::sample::sampled! { $($rest)* }
    };
    (@rows $depth:ident, [$($path:ident)::+],) => { [$($path)::+] };
    (@rows $depth:ident, [$($path:ident)::+], { $($field:ident: $type:ty),* }) => {{
        let mut rows = 1;
        $(let (count, mut $field) = $crate::sample::round::<$type>($depth); rows = rows.max(count);)*
        (0..rows).map(|_| $($path)::+ { $($field: $field.next().unwrap()),* }).collect::<Vec<_>>()
    }};
    (@rows $depth:ident, [$($path:ident)::+], ($type:ty)) => {
        <$type as $crate::sample::Sample>::to_depth($depth).into_iter().map($($path)::+).collect::<Vec<_>>()
    };
    (@rows $depth:ident, [$($path:ident)::+], ($first:ty, $second:ty)) => {
        <($first, $second) as $crate::sample::Sample>::to_depth($depth)
            .into_iter()
            .map(|(first, second)| $($path)::+(first, second))
            .collect::<Vec<_>>()
    };
}
pub(crate) use sampled;

/// The values of a type over and over, and how many there are.
pub(crate) fn round<T: Sample>(depth: usize) -> (usize, Cycle<vec::IntoIter<T>>) {
    let all = T::to_depth(depth);
    (all.len(), all.into_iter().cycle())
}

macro_rules! listed {
    ($($type:ty: $values:expr;)*) => {$(
        impl Sample for $type {
            fn to_depth(_depth: usize) -> Vec<Self> {
                $values.into()
            }
        }
    )*};
}

listed! {
    (): [()];
    bool: [false, true];
    u8: [0, 1, u8::MAX];
    u16: [0, 7, u16::MAX];
    u32: [0, 300, u32::MAX];
    u64: [0, 300, u64::MAX];
    i32: [i32::MIN, -1, 0, 300, i32::MAX];
    i64: [i64::MIN, -1, 0, 300, i64::MAX];
    f64: [0.5, 3.0, -1e30, f64::MAX];
    NonZeroU32: [NonZeroU32::MIN, NonZeroU32::MAX];
    char: ['a', 'ß'];
    String: ["", "a", "Zürich HB", "12"].map(str::to_owned);
}

macro_rules! tuples {
    ($($name:ident $place:ident),*) => {
        impl<$($name: Sample),*> Sample for ($($name,)*) {
            fn to_depth(depth: usize) -> Vec<Self> {
                let mut rows = 1;
                $(let (count, mut $place) = round::<$name>(depth); rows = rows.max(count);)*
                (0..rows).map(|_| ($($place.next().unwrap(),)*)).collect()
            }
        }
    };
}

tuples!(A a);
tuples!(A a, B b);
tuples!(A a, B b, C c);
tuples!(A a, B b, C c, D d);

impl<T: Sample> Sample for Box<T> {
    fn to_depth(depth: usize) -> Vec<Self> {
        T::to_depth(depth).into_iter().map(Box::new).collect()
    }
}

impl<T: Sample> Sample for Option<T> {
    fn to_depth(depth: usize) -> Vec<Self> {
        let inner = depth.checked_sub(1).map(T::to_depth).unwrap_or_default();
        [None].into_iter().chain(inner.into_iter().map(Some)).collect()
    }
}

/// None, all of them, and the first one twice.
impl<T: Sample> Sample for Vec<T> {
    fn to_depth(depth: usize) -> Vec<Self> {
        let all = depth.checked_sub(1).map(T::to_depth).unwrap_or_default();
        match all.first().cloned() {
            None => vec![Vec::new()],
            Some(first) => vec![Vec::new(), all, vec![first.clone(), first]],
        }
    }
}

impl<T: Sample + Ord> Sample for BTreeSet<T> {
    fn to_depth(depth: usize) -> Vec<Self> {
        Vec::to_depth(depth).into_iter().map(|it: Vec<T>| it.into_iter().collect()).collect()
    }
}

impl<K: Sample + Ord, V: Sample> Sample for BTreeMap<K, V> {
    fn to_depth(depth: usize) -> Vec<Self> {
        Vec::to_depth(depth).into_iter().map(|it: Vec<(K, V)>| it.into_iter().collect()).collect()
    }
}

impl<T: Sample, E: Sample> Sample for Result<T, E> {
    fn to_depth(depth: usize) -> Vec<Self> {
        let well = T::to_depth(depth).into_iter().map(Ok);
        well.chain(E::to_depth(depth).into_iter().map(Err)).collect()
    }
}
