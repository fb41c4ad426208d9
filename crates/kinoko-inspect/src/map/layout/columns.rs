//! In which column each box stands.

use super::Line;

/// The column of each box, by the longest way of lines to it. Lines that close a circle count backwards.
pub(super) fn columns(count: usize, lines: &[Line]) -> Vec<usize> {
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
