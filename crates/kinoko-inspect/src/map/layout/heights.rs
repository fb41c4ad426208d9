//! How high each item of a column stands.

use super::{GAP, Grid};

impl Grid {
    /// Gives each item its height on the page: as level with its neighbours as the others let it.
    pub(super) fn straighten(&mut self) {
        for column in &self.columns {
            let mut y = 0.0;
            for item in column {
                self.items[*item].y = y;
                y += self.items[*item].size.height + GAP;
            }
        }
        let rounds = self.rounds();
        for round in 0..rounds {
            let count = self.columns.len();
            let sweep: Vec<usize> =
                if round % 2 == 0 { (0..count).collect() } else { (0..count).rev().collect() };
            for column in sweep {
                let is_last = round + 2 > rounds;
                let wanted: Vec<f64> = self.columns[column]
                    .iter()
                    .map(|item| self.wanted(*item, round % 2 == 0, is_last))
                    .collect();
                self.settle(column, &wanted);
            }
        }
        let top = self.items.iter().map(|it| it.y).fold(f64::INFINITY, f64::min);
        for item in &mut self.items {
            item.y = (item.y - top).round();
        }
    }

    /// The height at which an item is level with its neighbours to one side, or to both.
    fn wanted(&self, item: usize, left: bool, both: bool) -> f64 {
        let own = &self.items[item];
        let others = if both { self.neighbours(item, !left) } else { &[] };
        let near = self.neighbours(item, left).iter().chain(others);
        let middles = near.map(|it| self.items[*it].y + self.items[*it].size.height / 2.0);
        let (sum, count) = middles.fold((0.0, 0), |(sum, count), it| (sum + it, count + 1));
        if count == 0 { own.y } else { sum / f64::from(count) - own.size.height / 2.0 }
    }

    /// Puts the items of a column as near to where they would be as their order and sizes allow: those that
    /// press against each other move as one, to the mean of what they want.
    fn settle(&mut self, column: usize, wanted: &[f64]) {
        struct Block {
            /// Where its first item would be, summed over its items, and how many these are.
            sum: f64,
            count: usize,
            height: f64,
        }
        let mut blocks: Vec<Block> = Vec::new();
        for (item, wanted) in self.columns[column].iter().zip(wanted) {
            let height = self.items[*item].size.height + GAP;
            let mut block = Block { sum: *wanted, count: 1, height };
            while let Some(before) = blocks.last() {
                let top = before.sum / before.count as f64;
                if top + before.height <= block.sum / block.count as f64 {
                    break;
                }
                // Its items want to be below those of the one before.
                block = Block {
                    sum: before.sum + block.sum - before.height * block.count as f64,
                    count: before.count + block.count,
                    height: before.height + block.height,
                };
                blocks.pop();
            }
            blocks.push(block);
        }
        let mut items = self.columns[column].iter();
        for block in blocks {
            let mut y = block.sum / block.count as f64;
            for item in items.by_ref().take(block.count) {
                self.items[*item].y = y;
                y += self.items[*item].size.height + GAP;
            }
        }
    }
}
