//! Figures that are held to: they must not be more than what the project's own page says.

use std::{fs, path::PathBuf};

use crate::{Failure, report};

/// By how much a figure may be more than what is committed.
const TOLERANCE: f64 = 0.03;

/// Compares a figure with the first one of a row of a section.
///
/// # Errors
/// When it rose, or there is no such row.
pub(super) fn check(section: &str, row: &str, now: f64) -> Result<String, Failure> {
    let committed = committed(section, row)?;
    let change = (now / committed - 1.0) * 100.0;
    let text = format!("{row}: {now:.0} instructions, {committed:.0} committed: {change:+.1}%");
    let remedy = format!("`--only {section} --out docs/benchmarks.md`");
    if now > committed * (1.0 + TOLERANCE) {
        return Err(format!(
            "{text}; make it less, or say in the commit why it is worth it and commit the figure \
             that {remedy} writes"
        )
        .into());
    }
    let is_less = now < committed * (1.0 - TOLERANCE);
    Ok(if is_less { format!("{text}; commit the new figure: {remedy}") } else { text })
}

fn committed(section: &str, row: &str) -> Result<f64, Failure> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/benchmarks.md");
    let text = fs::read_to_string(&path).map_err(|err| format!("{}: {err}", path.display()))?;
    let rows = report::section(&text, section)?.lines();
    let row_start = format!("| {row} | ");
    let figure = rows.filter_map(|it| it.strip_prefix(&row_start)).next();
    let figure = figure.and_then(|it| it.split(' ').next()).and_then(|it| it.parse().ok());
    figure.ok_or_else(|| format!("{} has no row `{row}`", path.display()).into())
}
