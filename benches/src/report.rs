//! Tables, and the page they go into: between `<!-- name -->` and `<!-- end of name -->`.

use std::{fs, path::Path};

use crate::{
    Failure,
    options::Plan,
    pair::{Cell, Figures, Ratio},
    proc,
};

/// A part's tables.
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

/// What the figures were taken on, and how.
pub(crate) fn about(plan: &Plan) -> Section {
    let Plan { rounds, turns, window, .. } = plan;
    let text = format!(
        "Taken on {}; {rounds} rounds with {turns} turns of {:.0} s for each cell and side.\n",
        proc::processor(),
        window.as_secs_f64(),
    );
    Section { name: "about", text }
}

/// Rates, latencies and processor time of both sides, a row for each cell.
pub(crate) fn table(what: &str, rate: &str, [ours, theirs]: [&str; 2], cells: &[Cell]) -> String {
    let mut text = format!(
        "| {what} | {rate}: {ours} | {theirs} | ratio | p50 · p99, µs: {ours} | {theirs} | own CPU, µs: {ours} | {theirs} | ratio |\n\
         |---|---|---|---|---|---|---|---|---|\n"
    );
    for cell in cells {
        let rates = [0, 1].map(|side| thousands(cell.median(side, |it| it.rate)));
        let latencies = [0, 1].map(|side| {
            let at = |figure: fn(&Figures) -> f64| thousands(cell.median(side, figure));
            format!("{} · {}", at(|it| it.p50_us), at(|it| it.p99_us))
        });
        let own = [0, 1].map(|side| format!("{:.1}", cell.median(side, |it| it.own_us)));
        text += &format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            cell.name,
            rates[0],
            rates[1],
            ratio(&cell.ratio(|it| it.rate)),
            latencies[0],
            latencies[1],
            own[0],
            own[1],
            ratio(&cell.ratio(|it| it.own_us)),
        );
    }
    text
}

/// The same for calls so short that their rate says it all.
pub(crate) fn nanos_table(cells: &[Cell], with_head: bool) -> String {
    let mut text = String::new();
    if with_head {
        text += "| calls | ns per call: Kinoko | by hand | calls/s: Kinoko | by hand | ratio of ns |\n|---|---|---|---|---|---|\n";
    }
    for cell in cells {
        let nanos = |it: &Figures| 1e9 / it.rate;
        text += &format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            cell.name,
            thousands(cell.median(0, nanos)),
            thousands(cell.median(1, nanos)),
            thousands(cell.median(0, |it| it.rate)),
            thousands(cell.median(1, |it| it.rate)),
            ratio(&cell.ratio(nanos)),
        );
    }
    text
}

fn ratio(ratio: &Ratio) -> String {
    format!("**{:.2}** ({:.2} to {:.2})", ratio.median, ratio.lower, ratio.upper)
}

/// `12345.6` as `12,346`.
fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Puts each section in its place; the text around them stays.
pub(crate) fn write(path: &Path, sections: &[Section]) -> Result<(), Failure> {
    let mut page = fs::read_to_string(path).map_err(|err| format!("{}: {err}", path.display()))?;
    for Section { name, text } in sections {
        page = replace(&page, name, text)?;
    }
    Ok(fs::write(path, page)?)
}

/// What a page has between the markers of that name.
pub(crate) fn section<'a>(page: &'a str, name: &str) -> Result<&'a str, Failure> {
    let (_, rest) = split(page, &format!("<!-- {name} -->\n"))?;
    Ok(split(rest, &format!("<!-- end of {name} -->"))?.0)
}

fn replace(page: &str, name: &str, text: &str) -> Result<String, Failure> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = split(page, &begin)?;
    let (_, after) = split(rest, &end)?;
    Ok([before, &begin, text, &end, after].concat())
}

fn split<'a>(page: &'a str, marker: &str) -> Result<(&'a str, &'a str), Failure> {
    let marker_line = marker.trim();
    page.split_once(marker).ok_or_else(|| format!("the page has no line `{marker_line}`").into())
}

#[cfg(test)]
mod tests {
    use super::{replace, section, thousands};

    #[test]
    fn a_section_is_replaced_and_the_text_around_it_stays() {
        let page = "Before.\n<!-- rpc -->\n| old |\n<!-- end of rpc -->\nAfter.\n";
        let new = replace(page, "rpc", "| new |\n").unwrap();
        assert_eq!(new, page.replace("old", "new"));
        assert_eq!(section(&new, "rpc").unwrap(), "| new |\n");
        let error = replace(page, "http", "").unwrap_err();
        assert_eq!(error.to_string(), "the page has no line `<!-- http -->`");
    }

    #[test]
    fn thousands_are_told_apart() {
        let figures = [0.4, 999.0, 1000.0, 12_345.6, 1_234_567.0].map(thousands);
        assert_eq!(figures, ["0", "999", "1,000", "12,346", "1,234,567"]);
    }
}
