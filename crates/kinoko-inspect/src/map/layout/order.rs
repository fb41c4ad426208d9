//! The order of the items of each column: as few lines as may be cross.

use super::Grid;

/// After how many rounds without a gain there is none to be had.
const PATIENCE: usize = 6;

impl Grid {
    /// Orders each column by where the neighbours of its items are, back and forth.
    pub(super) fn order(&mut self) {
        let mut best = (self.crossings(), self.columns.clone());
        let (mut in_vain, rounds) = (0, self.rounds());
        for round in 0..rounds {
            let mut place = self.places();
            let count = self.columns.len();
            let sweep: Vec<usize> =
                if round % 2 == 0 { (0..count).collect() } else { (0..count).rev().collect() };
            for column in sweep {
                let from_left = round % 2 == 0;
                let mut keyed: Vec<(f64, usize, usize)> = Vec::new();
                for (at, item) in self.columns[column].iter().enumerate() {
                    let near = self.neighbours(*item, from_left);
                    let sum: f64 = near.iter().map(|it| place[*it] as f64).sum();
                    let key = if near.is_empty() { at as f64 } else { sum / near.len() as f64 };
                    keyed.push((key, at, *item));
                }
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                self.columns[column] = keyed.into_iter().map(|(.., item)| item).collect();
                for (at, item) in self.columns[column].iter().enumerate() {
                    place[*item] = at;
                }
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
                in_vain = 0;
            } else {
                in_vain += 1;
            }
            if best.0 == 0 || in_vain == PATIENCE {
                break;
            }
        }
        self.columns = best.1;
    }

    /// The place of each item in its column.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.items.len()];
        for column in &self.columns {
            column.iter().enumerate().for_each(|(at, item)| places[*item] = at);
        }
        places
    }

    /// How often pieces of lines cross: of those sorted by their left ends, the pairs whose right ends are in
    /// the other order. They are counted in a tree of sums (Barth, Mutzel and Juenger, *Simple and efficient
    /// bilayer cross counting*, 2004).
    fn crossings(&self) -> usize {
        let place = self.places();
        let mut count = 0;
        for (column, gap) in self.gaps.iter().enumerate() {
            let mut ends: Vec<(usize, usize)> =
                gap.iter().map(|it| (place[it.left], place[it.right])).collect();
            ends.sort_unstable();
            let mut sums = vec![0; self.columns.get(column + 1).map_or(0, Vec::len)];
            for (before, (_, end)) in ends.into_iter().enumerate() {
                count += before - up_to(&sums, end);
                add_at(&mut sums, end);
            }
        }
        count
    }
}

/// How many were added at that place and at those before it, in a tree of sums (Fenwick, 1994).
fn up_to(sums: &[usize], place: usize) -> usize {
    let mut count = 0;
    let mut at = place + 1;
    while at > 0 {
        count += sums[at - 1];
        at &= at - 1;
    }
    count
}

fn add_at(sums: &mut [usize], place: usize) {
    let mut at = place + 1;
    while at <= sums.len() {
        sums[at - 1] += 1;
        at += at & at.wrapping_neg();
    }
}
