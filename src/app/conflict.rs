//! Somebody else was faster: theirs and yours side by side, nothing lost.

use leptos::prelude::*;

use crate::ui::{Card, Column, EmptyState, Row, Table};

/// A field whose stored value differs from what was entered.
pub struct Differing {
    /// The field's label.
    pub label: String,
    /// What is stored now.
    pub theirs: String,
    /// What was entered.
    pub yours: String,
}

/// What stands above a form that met a conflict, below the notice that says so. The form itself holds what was entered.
pub fn conflict(differing: Vec<Differing>) -> impl IntoView {
    let columns = vec![Column::new("Field"), Column::new("Stored now"), Column::new("In the form")];
    let rows =
        differing.into_iter().map(|field| Row::new().cell(field.label).cell(field.theirs).cell(field.yours)).collect();
    view! {
        <Card title="Theirs and yours"
            footer="Correct the form and save again: what is in the form then replaces what is stored.">
            <Table caption="Theirs and yours" columns rows
                empty=view! { <EmptyState title="No difference" text="What they saved is what you entered."/> }/>
        </Card>
    }
}
