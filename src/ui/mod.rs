//! The design system: the parts every page is built from.
//!
//! What it promises: each part is accessible as it stands (a name, a role, a state that is not
//! only a colour), works without JavaScript, fits 320 px, and takes plain values. A part owns no
//! outer margin; what holds it owns the gaps (`.stack`, `.cluster`, `.split`, `.grid` in
//! `style/layout.css`).
//!
//! Deliberately absent: domains, the router, server functions, signals. Parts are rendered on
//! the server only; what must be alive in the browser is an island elsewhere that may use the
//! same class names. The hooks islands and scripts look for are `data-copy` (text to copy),
//! `data-select-all`, `data-menu`, `data-search` and `data-tenant-switcher`.
//!
//! Start at [`styleguide::StyleGuide`], which shows every part in every state, then [`shell`].

#![expect(
    missing_docs,
    reason = "the props structs that #[component] makes; a component's own docs describe its props"
)]

pub mod access;
pub mod badge;
pub mod button;
pub mod card;
pub mod choice;
pub mod code;
pub mod confirm;
pub mod copy;
pub mod dialog;
pub mod diff;
pub mod field;
pub mod form;
pub mod header;
pub mod icon;
pub mod list;
pub mod menu;
pub mod meter;
pub mod notice;
pub mod shell;
pub mod styleguide;
pub mod switcher;
pub mod table;
pub mod tabs;
pub mod text;
pub mod time;
pub mod tree;
pub mod words;

pub use access::{Ask, Chip, ChipKind, Matrix, Verdict};
pub use badge::{Avatar, Badge, Kbd, Sign, Skeleton, Tag, Tone};
pub use button::{Button, Kind, LinkButton, Segment, Segments, Size};
pub use card::{Card, CardBody, DefinitionList, EmptyState, Line, Lines, Stat};
pub use choice::{Checkbox, Choice, RadioGroup, Select};
pub use code::{CodeBlock, Language, LineMark, dedented};
pub use confirm::{Confirm, Consequence};
pub use copy::{Breakable, CopyButton, Copyable, Name, SecretOnce};
pub use dialog::Dialog;
pub use diff::{Diff, DiffKind, DiffLine};
pub use field::{PasswordField, TextArea, TextField, TextKind, field_id};
pub use form::{FieldError, Form, FormActions, FormErrors, Method};
pub use header::{Breadcrumbs, Crumb, ObjectHeader, PageHeader};
pub use icon::{Glyph, Icon};
pub use list::{FilterBox, FilterError, FilterHelp, FilterToken, List, Pager, SelectionBar, Toolbar, Totals};
pub use menu::{Menu, MenuItem, MenuItems};
pub use meter::Meter;
pub use notice::{Notice, Toast, ToastRegion};
pub use shell::{Acting, CenteredCard, Frame, NavGroup, NavItem, SearchButton, UserMenu};
pub use styleguide::StyleGuide;
pub use switcher::{TenantLevel, TenantSwitcher};
pub use table::{Align, Column, Row, SortDirection, Table};
pub use tabs::{Tab, Tabs};
pub use text::{Slot, Text, format_count};
pub use time::Time;
pub use tree::{Finding, Reason, ReasonTree, TreeLabel};

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// The files of `style/`, name and text.
    fn style_sheets() -> Vec<(String, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("style");
        let mut found = Vec::new();
        for folder in [root.clone(), root.join("ui")] {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|end| end == "css") {
                    let name = path.strip_prefix(&root).unwrap().display().to_string();
                    found.push((name, fs::read_to_string(&path).unwrap()));
                }
            }
        }
        found
    }

    /// Whether `value` holds a colour or a length that should have been a token.
    fn has_literal(value: &str) -> bool {
        const UNITS: [&str; 12] = ["px", "rem", "em", "ch", "ex", "vw", "vh", "dvh", "pt", "vmax", "cm", "svh"];
        if ["rgb(", "rgba(", "hsl(", "oklch(", "light-dark("].iter().any(|f| value.contains(f)) {
            return true;
        }
        value.split(|c: char| c.is_whitespace() || "(),;/+*".contains(c)).any(|word| {
            let hex = word.strip_prefix('#').is_some_and(|h| h.len() >= 3 && h.chars().all(|c| c.is_ascii_hexdigit()));
            let number = word.trim_start_matches('-');
            let unit = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            hex || (unit.len() < number.len() && UNITS.contains(&unit))
        })
    }

    #[test]
    fn only_the_tokens_hold_colours_and_lengths() {
        assert!(has_literal(" 1px solid") && has_literal("#fff") && has_literal("calc(1rem*2)"));
        assert!(!has_literal("var(--space-3) 1fr 120% inset(50%)"));
        let sheets = style_sheets();
        assert!(sheets.len() > 20, "the sheets were not found");
        for (name, text) in sheets.iter().filter(|(name, _)| name != "tokens.css") {
            for (number, line) in text.lines().enumerate() {
                let declaration = line.trim().trim_end_matches(';');
                let Some((property, value)) = declaration.split_once(':') else { continue };
                let is_property = property.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                assert!(!(is_property && has_literal(value)), "{name}:{}: {line}", number + 1);
            }
        }
    }

    /// The Rust sources below `folder`.
    fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn every_class_in_a_view_has_a_rule() {
        let sheets: String = style_sheets().into_iter().map(|(_, text)| text).collect();
        let known: std::collections::HashSet<_> = sheets
            .split('.')
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next())
            .collect();
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        for (name, text) in files {
            // Tests quote HTML; views are above them.
            let views = text.split("#[cfg(test)]").next().unwrap();
            for class in views.split(" class=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                for class in class.split_whitespace() {
                    assert!(known.contains(class), "{name}: no style sheet has a rule for .{class}");
                }
            }
        }
    }

    #[test]
    fn every_token_used_is_defined() {
        let sheets = style_sheets();
        let tokens = &sheets.iter().find(|(name, _)| name == "tokens.css").unwrap().1;
        for (name, text) in &sheets {
            for used in text.split("var(").skip(1) {
                let token = used.split([')', ',']).next().unwrap().trim();
                assert!(tokens.contains(&format!("{token}:")), "{name} uses {token}, which tokens.css lacks");
            }
        }
    }
}
