//! Where boxes, labels and lines are in the end.

use std::collections::BTreeMap;

use super::{BETWEEN, Grid, Item, Layout, Line, Placed};

impl Grid {
    pub(super) fn finish(self, boxes: usize, lines: &[Line], columns: &[usize]) -> Layout {
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
