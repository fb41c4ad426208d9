//! Where the boxes and lines of a map go: in columns from left to right, after Sugiyama, Tagawa and Toda
//! (*Methods for visual understanding of hierarchical system structures*, 1981).
//!
//! Lines have their labels in a column of their own, as boxes among boxes, and a line that passes a column
//! has a place in it like them. So no two of them can overlap, and no line runs across a text.

mod columns;
mod heights;
mod order;
mod places;

use columns::columns;

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

    fn neighbours(&self, item: usize, left: bool) -> &[usize] {
        &self.near[item][usize::from(!left)]
    }
}
