//! [`Drawing`]: a map as a picture, laid out here, without Graphviz.

mod path;

use std::fmt::Write;

use self::path::{Tenths, path};

use super::{
    Map, Service,
    layout::{Layout, Line, Placed, Size, layout},
    text::short,
};

/// The advance of a character of the font at a size of one. The text is set to it (`textLength`), so that the
/// picture is the same whatever font is there.
const ADVANCE: f64 = 0.6;
const NAME: f64 = 14.0;
const SMALL: f64 = 12.0;
/// The height of a line of text for a size of one.
const LEADING: f64 = 1.45;
const PADDING: f64 = 12.0;
const MARGIN: f64 = 16.0;
/// How many methods or events are named on a line before the rest is counted.
const NAMED: usize = 6;

/// A map as a picture: where everything is, for who wants to check or to draw it otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    /// Its width, in pixels.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// The services.
    pub boxes: Vec<Text>,
    /// What stands on the lines.
    pub labels: Vec<Text>,
    /// The lines.
    pub lines: Vec<Stroke>,
}

/// Some lines of text in a rectangle.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The left edge.
    pub x: f64,
    /// The upper edge.
    pub y: f64,
    /// The width.
    pub width: f64,
    /// The height.
    pub height: f64,
    /// The lines; of a service the first is its name.
    pub text: Vec<String>,
    /// Whether it is a service that is only known by its use.
    pub unknown: bool,
}

/// A line between two services.
#[derive(Debug, Clone, PartialEq)]
pub struct Stroke {
    /// From its beginning to its end.
    pub points: Vec<(f64, f64)>,
    /// Whether it is of events, not of calls.
    pub events: bool,
}

impl Text {
    /// Whether two have a point in common.
    pub fn overlaps(&self, other: &Text) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}

impl Drawing {
    /// Draws a map. The same map gives the same drawing.
    pub fn of(map: &Map) -> Drawing {
        let names: Vec<&String> = map.services.keys().collect();
        let texts: Vec<Vec<String>> =
            map.services.iter().map(|(name, it)| lines(name, it)).collect();
        let at = |name: &String| names.binary_search(&name).unwrap_or_default();
        let mut labels = Vec::new();
        let mut strokes = Vec::new();
        let mut label = |text: Vec<String>, from, to, events| {
            let size = size(&text, SMALL, 0.0);
            strokes.push((Line { from: at(from), to: at(to), label: size }, events));
            labels.push(text);
        };
        for calls in &map.calls {
            label(few(calls.methods.iter().cloned()), &calls.from, &calls.to, false);
        }
        for events in &map.events {
            let names = events.handlers.iter().map(|it| short(&it.event, &events.from));
            label(few(names), &events.from, &events.to, true);
        }
        let boxes: Vec<Size> = texts.iter().map(|it| size(it, NAME, PADDING)).collect();
        let lines: Vec<Line> = strokes.iter().map(|(it, _)| *it).collect();
        let Layout { boxes, labels: places, lines, width, height } = layout(&boxes, &lines);
        let text = |(at, text): (Placed, Vec<String>)| Text {
            x: at.x + MARGIN,
            y: at.y + MARGIN,
            width: at.width,
            height: at.height,
            text,
            unknown: false,
        };
        let mut boxes: Vec<Text> = boxes.into_iter().zip(texts).map(text).collect();
        for (it, service) in boxes.iter_mut().zip(map.services.values()) {
            it.unknown = !service.is_described();
        }
        let shifted = |points: Vec<(f64, f64)>| {
            points.into_iter().map(|(x, y)| (x + MARGIN, y + MARGIN)).collect()
        };
        Drawing {
            width: width + 2.0 * MARGIN,
            height: height + 2.0 * MARGIN,
            boxes,
            labels: places.into_iter().zip(labels).map(text).collect(),
            lines: lines
                .into_iter()
                .zip(strokes)
                .map(|(points, (_, events))| Stroke { points: shifted(points), events })
                .collect(),
        }
    }

    /// The drawing as SVG, light or dark as who looks at it prefers.
    pub fn to_svg(&self) -> String {
        self.to_linked_svg(|_| None)
    }

    /// The same with links from services to pages, where the name of a service leads to one.
    pub fn to_linked_svg(&self, link: impl Fn(&str) -> Option<String>) -> String {
        let Drawing { width, height, .. } = self;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" class=\"kinoko-map\">\n{STYLE}"
        );
        for stroke in &self.lines {
            let class = if stroke.events { "event" } else { "call" };
            let _ = writeln!(
                svg,
                "<path class=\"{class}\" d=\"{}\" marker-end=\"url(#{class}-end)\"/>",
                path(&stroke.points)
            );
        }
        for label in &self.labels {
            let _ = writeln!(
                svg,
                "<rect class=\"behind\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                label.x - 2.0,
                label.y,
                label.width + 4.0,
                label.height
            );
            for (at, line) in label.text.iter().enumerate() {
                let y = label.y + (at as f64 + 0.75) * SMALL * LEADING;
                write_text(&mut svg, "label", label.x + label.width / 2.0, y, line, SMALL);
            }
        }
        for it in &self.boxes {
            let class = if it.unknown { "service unknown" } else { "service" };
            let link = link(&it.text[0]);
            if let Some(page) = &link {
                let _ = writeln!(svg, "<a href=\"{}\">", escaped(page));
            }
            let _ = writeln!(
                svg,
                "<g class=\"{class}\" data-service=\"{}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" \
                 height=\"{}\" rx=\"7\"/>",
                escaped(&it.text[0]),
                it.x,
                it.y,
                it.width,
                it.height
            );
            let middle = it.x + it.width / 2.0;
            let mut y = it.y + PADDING / 2.0 + NAME * LEADING * 0.8;
            write_text(&mut svg, "name", middle, y, &it.text[0], NAME);
            for line in &it.text[1..] {
                y += SMALL * LEADING;
                write_text(&mut svg, "about", middle, y, line, SMALL);
            }
            svg.push_str(if link.is_some() { "</g>\n</a>\n" } else { "</g>\n" });
        }
        svg.push_str("</svg>\n");
        svg
    }
}

const STYLE: &str = "<style>
.kinoko-map { --ink: #1d2733; --soft: #5a6878; --paper: #ffffff; --box: #f3f6fa; --edge: #b9c4d0; --call: #2563a8; --event: #a8541f;
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; background: var(--paper) }
@media (prefers-color-scheme: dark) { .kinoko-map:not([data-theme=light] *) { --ink: #e6ebf1; --soft: #9aa8b7; --paper: #12171d; --box: #1c242d; --edge: #3b4856; --call: #6fb0f2; --event: #e8a36a } }
[data-theme=dark] .kinoko-map { --ink: #e6ebf1; --soft: #9aa8b7; --paper: #12171d; --box: #1c242d; --edge: #3b4856; --call: #6fb0f2; --event: #e8a36a }
.kinoko-map .service rect { fill: var(--box); stroke: var(--edge); stroke-width: 1.2 }
.kinoko-map .unknown rect { stroke-dasharray: 4 3 }
.kinoko-map text { text-anchor: middle }
.kinoko-map .name { font-size: 14px; font-weight: 600; fill: var(--ink) }
.kinoko-map .about, .kinoko-map .label { font-size: 12px; fill: var(--soft) }
.kinoko-map .behind { fill: var(--paper) }
.kinoko-map path { fill: none; stroke-width: 1.4 }
.kinoko-map .call { stroke: var(--call) } .kinoko-map .event { stroke: var(--event); stroke-dasharray: 5 4 }
.kinoko-map marker path { stroke: none; stroke-dasharray: none } .kinoko-map #call-end path { fill: var(--call) } .kinoko-map #event-end path { fill: var(--event) }
</style>
<defs>
<marker id=\"call-end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\" markerUnits=\"userSpaceOnUse\"><path d=\"M0 0 L8 4 L0 8 z\"/></marker>
<marker id=\"event-end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\" markerUnits=\"userSpaceOnUse\"><path d=\"M0 0 L8 4 L0 8 z\"/></marker>
</defs>
";

/// What stands in the box of a service.
fn lines(name: &str, service: &Service) -> Vec<String> {
    let mut lines = vec![name.to_owned()];
    if !service.is_described() {
        lines.push("no manifest".to_owned());
        return lines;
    }
    lines.push(service.versions.iter().cloned().collect::<Vec<_>>().join(", "));
    for (count, one, many) in
        [(service.routes.len(), "route", "routes"), (service.timers.len(), "timer", "timers")]
    {
        match count {
            0 => {}
            1 => lines.push(format!("1 {one}")),
            count => lines.push(format!("{count} {many}")),
        }
    }
    lines
}

fn few(items: impl Iterator<Item = String>) -> Vec<String> {
    let mut items: Vec<String> = items.collect();
    items.dedup();
    if items.len() > NAMED {
        let more = items.len() - NAMED + 1;
        items.truncate(NAMED - 1);
        items.push(format!("and {more} more"));
    }
    items
}

/// The room some lines of text take, the first of a given size and the others small.
fn size(text: &[String], first: f64, padding: f64) -> Size {
    let width = |(at, line): (usize, &String)| {
        let size = if at == 0 { first } else { SMALL };
        line.chars().count() as f64 * ADVANCE * size
    };
    let width = text.iter().enumerate().map(width).fold(0.0, f64::max);
    let height = first * LEADING + (text.len().saturating_sub(1)) as f64 * SMALL * LEADING;
    Size { width: (width + 2.0 * padding).ceil(), height: (height + padding).ceil() }
}

fn write_text(svg: &mut String, class: &str, x: f64, y: f64, text: &str, size: f64) {
    let length = text.chars().count() as f64 * ADVANCE * size;
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{}\" y=\"{}\" textLength=\"{}\">{}</text>",
        Tenths(x),
        Tenths(y),
        Tenths(length),
        escaped(text)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
