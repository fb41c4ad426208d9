//! Where the boxes and lines of a map go: in columns from left to right, after Sugiyama, Tagawa and Toda
//! (*Methods for visual understanding of hierarchical system structures*, 1981).
//!
//! Lines have their labels in a column of their own, as boxes among boxes, and a line that passes a column
//! has a place in it like them. So no two of them can overlap, and no line runs across a text.

use std::collections::BTreeMap;

/// A box to be placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A line to be drawn from one box to another, and the size of its label.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: Size,
}

/// Where something was placed: its left upper corner, and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Where everything goes.
pub(super) struct Layout {
    pub(super) boxes: Vec<Placed>,
    /// The label of each line.
    pub(super) labels: Vec<Placed>,
    /// The points of each line, from its beginning to its end; between two of them it is level within a
    /// column, and bends between columns.
    pub(super) lines: Vec<Vec<(f64, f64)>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Room between two things of a column, and between columns.
const GAP: f64 = 18.0;
const BETWEEN: f64 = 46.0;
/// How thick a line that passes is taken to be.
const PASSING: f64 = 8.0;
const ROUNDS: usize = 24;
/// How many things are moved in all these rounds: of a large map they are fewer.
const MOVES: usize = 300_000;
/// After how many rounds without a gain there is none to be had.
const PATIENCE: usize = 6;

/// Something in a column.
#[derive(Debug, Clone, Copy)]
struct Item {
    column: usize,
    size: Size,
    y: f64,
}

/// A piece of a line from an item of one column to one of the next.
#[derive(Debug, Clone, Copy)]
struct Piece {
    left: usize,
    right: usize,
}

pub(super) fn layout(boxes: &[Size], lines: &[Line]) -> Layout {
    let columns = columns(boxes.len(), lines);
    let mut grid = Grid::new(boxes, lines, &columns);
    grid.order();
    grid.straighten();
    grid.finish(boxes.len(), lines, &columns)
}

/// The column of each box, by the longest way of lines to it. Lines that close a circle count backwards.
fn columns(count: usize, lines: &[Line]) -> Vec<usize> {
    let mut forward: Vec<(usize, usize)> = Vec::new();
    let mut state = vec![0_u8; count];
    // Those that nobody points at first, so that as few lines as may be run backwards.
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|it| lines.iter().filter(|line| line.to == *it).count());
    for start in order {
        visit(start, lines, &mut state, &mut forward);
    }
    let mut columns = vec![0; count];
    for _ in 0..count {
        let mut moved = false;
        for (from, to) in &forward {
            if columns[*to] <= columns[*from] {
                columns[*to] = columns[*from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    columns
}

fn visit(start: usize, lines: &[Line], state: &mut [u8], forward: &mut Vec<(usize, usize)>) {
    // By hand instead of by recursion: a chain of services may be long.
    let mut stack = vec![(start, 0)];
    if state[start] != 0 {
        return;
    }
    state[start] = 1;
    while let Some((here, next)) = stack.pop() {
        let mut outgoing = lines.iter().filter(|it| it.from == here && it.to != here).skip(next);
        let Some(line) = outgoing.next() else {
            state[here] = 2;
            continue;
        };
        stack.push((here, next + 1));
        match state[line.to] {
            // It leads back to where we came from.
            1 => forward.push((line.to, here)),
            done => {
                forward.push((here, line.to));
                if done == 0 {
                    state[line.to] = 1;
                    stack.push((line.to, 0));
                }
            }
        }
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

struct Grid {
    items: Vec<Item>,
    columns: Vec<Vec<usize>>,
    /// The pieces of lines behind each column.
    gaps: Vec<Vec<Piece>>,
    /// Of each item, those it is connected with to its left and to its right.
    near: Vec<[Vec<usize>; 2]>,
    /// The items each line goes through, from left to right.
    ways: Vec<Vec<usize>>,
    labels: Vec<usize>,
}

impl Grid {
    fn new(boxes: &[Size], lines: &[Line], columns: &[usize]) -> Grid {
        // Boxes are in the even columns, labels in the odd ones.
        let item =
            |(size, column): (&Size, &usize)| Item { column: column * 2, size: *size, y: 0.0 };
        let mut items: Vec<Item> = boxes.iter().zip(columns).map(item).collect();
        let (mut pieces, mut ways, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for line in lines {
            let backwards = columns[line.from] > columns[line.to];
            let (left, right) = if backwards { (line.to, line.from) } else { (line.from, line.to) };
            let (first, last) = (items[left].column, items[right].column);
            let at = first + 1;
            let mut way = vec![left];
            // A line to itself has its label beside the box and no way.
            let passed = if last > first { first + 1..last } else { at..at + 1 };
            for column in passed {
                let size = if column == at {
                    labels.push(items.len());
                    line.label
                } else {
                    Size { width: 0.0, height: PASSING }
                };
                way.push(items.len());
                items.push(Item { column, size, y: 0.0 });
            }
            if last > first {
                way.push(right);
            }
            pieces.extend(way.windows(2).map(|it| Piece { left: it[0], right: it[1] }));
            ways.push(way);
        }
        let count = items.iter().map(|it| it.column + 1).max().unwrap_or(0);
        let mut by_column = vec![Vec::new(); count];
        for (at, item) in items.iter().enumerate() {
            by_column[item.column].push(at);
        }
        let mut near = vec![[Vec::new(), Vec::new()]; items.len()];
        let mut gaps = vec![Vec::new(); count];
        for piece in pieces {
            near[piece.right][0].push(piece.left);
            near[piece.left][1].push(piece.right);
            gaps[items[piece.left].column].push(piece);
        }
        Grid { items, columns: by_column, gaps, near, ways, labels }
    }

    fn rounds(&self) -> usize {
        // Even, so that it ends as it always does: from right to left.
        (MOVES / self.items.len().max(1)).clamp(4, ROUNDS) / 2 * 2
    }

    /// Orders each column by where the neighbours of its items are, back and forth.
    fn order(&mut self) {
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

    fn neighbours(&self, item: usize, left: bool) -> &[usize] {
        &self.near[item][usize::from(!left)]
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

    /// Gives each item its height on the page: as level with its neighbours as the others let it.
    fn straighten(&mut self) {
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

    fn finish(self, boxes: usize, lines: &[Line], columns: &[usize]) -> Layout {
        let widest = |column: &Vec<usize>| {
            column.iter().map(|it| self.items[*it].size.width).fold(0.0, f64::max)
        };
        let widths: Vec<f64> = self.columns.iter().map(widest).collect();
        let mut lefts = Vec::new();
        let mut x = 0.0;
        for width in &widths {
            lefts.push(x);
            x += width + BETWEEN;
        }
        let placed = |at: usize| {
            let Item { column, size, y } = self.items[at];
            // Boxes and labels stand in the middle of their column.
            let x = lefts[column] + (widths[column] - size.width) / 2.0;
            Placed { x: x.round(), y, width: size.width, height: size.height }
        };
        let mut layout = Layout {
            boxes: (0..boxes).map(placed).collect(),
            labels: self.labels.iter().map(|at| placed(*at)).collect(),
            lines: Vec::new(),
            width: (x - BETWEEN).max(0.0),
            height: self.items.iter().map(|it| it.y + it.size.height).fold(0.0, f64::max),
        };
        let ports = self.ports(boxes);
        for (line, way) in self.ways.iter().enumerate() {
            let mut points = Vec::new();
            for (at, item) in way.iter().enumerate() {
                let it = placed(*item);
                let (left, right) = (
                    lefts[self.items[*item].column],
                    lefts[self.items[*item].column] + widths[self.items[*item].column],
                );
                if *item < boxes {
                    let leaves = at == 0;
                    let y = ports[&(line, leaves)];
                    let edge = if leaves { it.x + it.width } else { it.x };
                    points.push((edge, y));
                    // Boxes of a column differ in width: to the column's edge the line is level.
                    let border = if leaves { right } else { left };
                    if (border - edge).abs() > 0.5 {
                        let at = if leaves { points.len() } else { points.len() - 1 };
                        points.insert(at, (border, y));
                    }
                } else {
                    let middle = it.y + it.height / 2.0;
                    points.push((left, middle));
                    points.push((right, middle));
                }
            }
            if columns[lines[line].from] > columns[lines[line].to] {
                points.reverse();
            }
            layout.lines.push(points);
        }
        layout
    }

    /// How high on its side of a box each line begins or ends: spread evenly, in the order of where the
    /// other ends are.
    fn ports(&self, boxes: usize) -> BTreeMap<(usize, bool), f64> {
        let mut ports = BTreeMap::new();
        for at in 0..boxes {
            for leaves in [true, false] {
                let mut lines: Vec<(f64, usize)> = Vec::new();
                for (line, way) in self.ways.iter().enumerate() {
                    let (end, next) = match way.as_slice() {
                        [first, next, ..] if leaves => (*first, *next),
                        [.., next, last] if !leaves => (*last, *next),
                        _ => continue,
                    };
                    if end == at {
                        let item = &self.items[next];
                        lines.push((item.y + item.size.height / 2.0, line));
                    }
                }
                lines.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                let item = &self.items[at];
                let step = item.size.height / (lines.len() as f64 + 1.0);
                for (place, (_, line)) in lines.iter().enumerate() {
                    let y = item.y + step * (place as f64 + 1.0);
                    ports.insert((*line, leaves), y.round());
                }
            }
        }
        ports
    }
}
