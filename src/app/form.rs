//! A form on a page: what it kept from the last attempt, and what was wrong with it.

use super::conflict::Differing;
use crate::server::flash::Flash;
use crate::ui::{FieldError, FormErrors, Text};
use crate::wire::{ApiError, Code};

/// The labels of a form's fields by name, in order: for the summary of what is wrong.
pub type Labels = &'static [(&'static str, &'static str)];

/// One form of a page, by the server function it posts to.
pub struct FormCx {
    /// Where it posts.
    pub action: String,
    labels: Labels,
    stored: Vec<(&'static str, String)>,
    flash: Option<Flash>,
}

impl FormCx {
    /// The form that posts to `action`; `flash` is what the last post left, of this form or of another.
    pub fn new(action: &str, labels: Labels, flash: Option<&Flash>) -> Self {
        let flash = flash.filter(|flash| flash.action == action && flash.error.is_some()).cloned();
        Self { action: action.to_owned(), labels, stored: vec![], flash }
    }

    /// The same, if the last attempt was about the thing that `field` names (several forms of one page post to the same
    /// function).
    pub fn about(mut self, field: &str, value: &str) -> Self {
        self.flash = self.flash.filter(|flash| flash.values.iter().any(|(name, kept)| name == field && kept == value));
        self
    }

    /// The same, of something that is stored: what its fields hold as long as nothing was entered.
    pub fn holding(mut self, stored: Vec<(&'static str, String)>) -> Self {
        self.stored = stored;
        self
    }

    /// What was entered in a field, or what it holds.
    pub fn text(&self, field: &str) -> String {
        let stored = self.stored.iter().find(|(name, _)| *name == field);
        self.value(field, stored.map_or("", |(_, stored)| stored))
    }

    /// The fields in which what was entered is not what is stored.
    pub fn differing(&self) -> Vec<Differing> {
        let differing = self.stored.iter().filter_map(|(field, theirs)| {
            let yours = self.kept(field).filter(|yours| yours != theirs)?;
            Some(Differing { label: self.label(field), theirs: theirs.clone(), yours: yours.to_owned() })
        });
        differing.collect()
    }

    fn label(&self, field: &str) -> String {
        let known = self.labels.iter().find(|(name, _)| *name == field);
        known.map_or(field, |(_, label)| label).to_owned()
    }

    /// What was entered in a field, or what is stored.
    pub fn value(&self, field: &str, stored: &str) -> String {
        self.kept(field).unwrap_or(stored).to_owned()
    }

    /// Whether a box was ticked, or is as stored.
    pub fn ticked(&self, field: &str, stored: bool) -> bool {
        if self.flash.is_some() { self.kept(field).is_some() } else { stored }
    }

    /// What was entered in a field at the last attempt.
    pub fn kept(&self, field: &str) -> Option<&str> {
        self.flash.as_ref()?.values.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
    }

    /// The sentence under a field.
    pub fn error(&self, field: &str) -> Text {
        self.failure().and_then(|error| error.of_field(field)).into()
    }

    /// Why the last attempt failed.
    pub fn failure(&self) -> Option<&ApiError> {
        self.flash.as_ref()?.error.as_ref()
    }

    /// Whether somebody else changed the thing meanwhile.
    pub fn is_stale(&self) -> bool {
        self.failure().is_some_and(|error| error.code == Code::Stale)
    }

    /// The summary above the form. Nothing when somebody else was faster: what is shown then (the notice of the page, and
    /// theirs and yours) says it already.
    pub fn errors(&self) -> FormErrors {
        let Some(error) = self.failure().filter(|error| error.code != Code::Stale) else {
            return FormErrors::default();
        };
        let mut fields: Vec<FieldError> = error
            .fields
            .iter()
            .map(|field| FieldError::new(field.field.as_str(), self.label(&field.field), field.message.as_str()))
            .collect();
        fields.sort_by_key(|field| self.labels.iter().position(|(name, _)| *name == field.name).unwrap_or(usize::MAX));
        let message = (fields.is_empty() || !error.blockers.is_empty()).then(|| error.message.clone());
        FormErrors { message, fields }
    }
}
