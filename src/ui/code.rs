//! Documents shown with line numbers.

use leptos::prelude::*;

use super::{Text, Tone, text::classes};

/// What a document is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Policy documents and other JSON; broken JSON is coloured as far as it goes.
    #[default]
    Json,
    /// Anything else, as it is.
    Plain,
}

/// JSON without the indentation that all lines after the first share: some documents were cut out of the middle of
/// others. Only for showing it, since blanks between tokens say nothing.
pub fn dedented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let shared = text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let cut =
        |(at, line): (usize, &str)| if at == 0 { line.to_owned() } else { line.get(shared..).unwrap_or("").to_owned() };
    text.lines().enumerate().map(cut).collect::<Vec<_>>().join("\n")
}

/// A line to point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineMark {
    /// Its number, from 1.
    pub line: usize,
    /// What for.
    pub tone: Tone,
    /// What readers hear before it.
    pub label: String,
}

/// Text with numbered lines, which are not copied with it. Line 13 has the id `{id}13`, so that
/// findings can link to it. `wrap` breaks long lines instead of scrolling.
#[component]
pub fn CodeBlock(
    #[prop(into)] text: String,
    #[prop(optional)] language: Language,
    #[prop(optional)] marks: Vec<LineMark>,
    #[prop(default = "L".to_owned(), into)] id: String,
    #[prop(optional)] wrap: bool,
    #[prop(optional, into)] label: Text,
) -> impl IntoView {
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let lines = text
        .split('\n')
        .enumerate()
        .map(|(index, line)| {
            let mark = marks.iter().find(|mark| mark.line == index + 1);
            let class = classes(&["line", mark.map_or("", |mark| mark.tone.class())]);
            let said = mark.map(|mark| view! { <span class="vh">{mark.label.clone()}": "</span> });
            let spans = match language {
                Language::Json => json_tokens(line),
                Language::Plain => vec![("", line)],
            };
            let spans = spans
                .into_iter()
                .map(|(class, text)| match class {
                    "" => text.to_owned().into_any(),
                    class => view! { <span class=class>{text.to_owned()}</span> }.into_any(),
                })
                .collect_view();
            view! { <span class=class id=format!("{id}{}", index + 1)>{said}{spans}"\n"</span> }
        })
        .collect_view();
    view! {
        // It scrolls, so the keyboard must reach it.
        <pre class=classes(&["code", if wrap { "wrap" } else { "" }]) tabindex="0" role="region" aria-label=label.into_option()>
            <code>{lines}</code>
        </pre>
    }
}

/// The tokens of one line of JSON: class (`k` key, `s` string, `n` number or word, `p` sign,
/// empty for blanks and what is none of these) and text. Together they are the line.
fn json_tokens(line: &str) -> Vec<(&'static str, &str)> {
    let mut tokens: Vec<(&'static str, &str)> = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (class, len) = match first {
            '"' => {
                let len = string_length(rest);
                let is_key = rest[len..].trim_start().starts_with(':');
                (if is_key { "k" } else { "s" }, len)
            }
            ':' | ',' => ("p", 1),
            '-' | '0'..='9' | 'a'..='z' => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
                ("n", end.unwrap_or(rest.len()))
            }
            _ => ("", first.len_utf8()),
        };
        let (token, after) = rest.split_at(len);
        rest = after;
        match tokens.last_mut() {
            // Blanks and brackets in a row are one piece.
            Some((last, text)) if last.is_empty() && class.is_empty() => {
                *text = &line[line.len() - rest.len() - token.len() - text.len()..line.len() - rest.len()];
            }
            _ => tokens.push((class, token)),
        }
    }
    tokens
}

/// Bytes of the string that `text` starts with, quotes included; all of it if it does not end.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_cut_out_of_another_begins_at_the_margin() {
        assert_eq!(dedented("{\n      \"A\": [\n        1\n\n      ]\n    }\n"), "{\n  \"A\": [\n    1\n\n  ]\n}");
        assert_eq!(dedented("{\n  \"A\": 1\n}"), "{\n  \"A\": 1\n}");
        assert_eq!(dedented("{}"), "{}");
    }

    #[test]
    fn tokens_are_told_apart() {
        assert_eq!(
            json_tokens(r#"  "Sid": "a\"b", [-1.5, true]"#),
            vec![
                ("", "  "),
                ("k", r#""Sid""#),
                ("p", ":"),
                ("", " "),
                ("s", r#""a\"b""#),
                ("p", ","),
                ("", " ["),
                ("n", "-1.5"),
                ("p", ","),
                ("", " "),
                ("n", "true"),
                ("", "]")
            ]
        );
    }

    #[test]
    fn no_line_loses_or_gains_a_character() {
        for line in ["", "\"open", "\\", "{\"é\":\u{1F980}}", "\"a\\", "nul\tl", "\"\\\"\"x", "ABC\u{0}"] {
            let joined: String = json_tokens(line).into_iter().map(|(_, text)| text).collect();
            assert_eq!(joined, line);
        }
    }

    #[test]
    fn a_marked_line_can_be_linked_to_and_heard() {
        let marks = vec![LineMark { line: 2, tone: Tone::Warn, label: "Warning".into() }];
        let html = view! { <CodeBlock text="{\n<b>\n}\n" marks language=Language::Plain/> }.to_html();
        assert!(html.contains(r#"id="L2""#) && html.contains("line warn") && html.contains("Warning"), "{html}");
        assert!(html.contains("&lt;b&gt;") && !html.contains("L4"), "{html}");
    }
}
