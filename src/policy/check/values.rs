//! Values of `Action` and `Resource`: those that cannot mean what they seem to, and those that say nothing new.

use std::collections::HashSet;

use super::{Checker, Place, StatementView};
use crate::policy::compile::action_glob;
use crate::policy::finding::Severity;
use crate::policy::glob::Glob;

/// In lists of up to this many actions each is compared with each.
const MOST_COMPARED: usize = 400;

impl Checker<'_> {
    pub(super) fn statement_values(&mut self, statement: &StatementView) {
        for name in ["Action", "NotAction"] {
            let actions = statement.strings(name);
            self.redundant_actions(&actions);
        }
        for name in ["Resource", "NotResource"] {
            let resources = statement.strings(name);
            let all = resources.iter().position(|(_, text)| *text == "*");
            let mut seen = HashSet::new();
            for (index, (at, text)) in resources.iter().enumerate() {
                if all.is_some_and(|all| all != index) {
                    self.say(
                        Severity::Suggestion,
                        "redundant_resource",
                        at.clone(),
                        "The \"*\" in this list covers it already.",
                    );
                } else if !seen.insert(*text) {
                    self.say(Severity::Suggestion, "redundant_resource", at.clone(), "It occurs in this list already.");
                } else {
                    self.resource(at, text);
                }
            }
        }
    }

    fn redundant_actions(&mut self, actions: &[(Place, &str)]) {
        let lower: Vec<String> = actions.iter().map(|(_, text)| text.to_ascii_lowercase()).collect();
        let mut seen = HashSet::new();
        // Comparing each with each is for lists that a person would read.
        let globs: Vec<_> = match lower.len() {
            0..=MOST_COMPARED => {
                lower.iter().map(|text| action_glob(text).filter(|_| text.contains(['*', '?']))).collect()
            }
            _ => Vec::new(),
        };
        for (index, (at, _)) in actions.iter().enumerate() {
            // A glob that matches another's own text covers it: each star stands for at least a star, each `?` for a `?`.
            let covers = |glob: &Option<Glob>| glob.as_ref().is_some_and(|glob| glob.matches(&lower[index]));
            if !seen.insert(&*lower[index]) {
                self.say(Severity::Suggestion, "redundant_action", at.clone(), "It occurs in this list already.");
            } else if let Some(other) =
                (0..globs.len()).find(|&other| lower[other] != lower[index] && covers(&globs[other]))
            {
                let message = format!("{:?} in this list covers it already.", actions[other].1);
                self.say(Severity::Suggestion, "redundant_action", at.clone(), message);
            }
        }
    }

    fn resource(&mut self, at: &Place, text: &str) {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        if !text.starts_with("arn:") {
            return;
        }
        if parts.len() < 6 {
            if parts.last().is_some_and(|last| last.ends_with('*')) {
                let message = "This ARN has fewer than six parts; its last star runs over the rest. Write the parts out to say what is meant.";
                self.say(Severity::Warning, "short_arn", at.clone(), message);
            } else {
                let message = "An ARN has six parts: arn, partition, service, region, account, resource. This one can match nothing.";
                self.say(Severity::Error, "short_arn", at.clone(), message);
            }
        } else if parts[5].is_empty() {
            self.say(
                Severity::Error,
                "empty_resource",
                at.clone(),
                "This ARN names no resource and can match nothing.",
            );
        } else if parts[2].contains(['*', '?']) {
            let message = "A wildcard in the service part of an ARN is easily wider than it seems. Name the service.";
            self.say(Severity::Warning, "wildcard_service", at.clone(), message);
        }
    }
}
