//! The forms that every kind of entity has: to create one, to edit it, to delete it.

use leptos::prelude::*;

use super::conflict::conflict;
use super::form::{FormCx, Labels};
use super::frame::notice_of;
use super::page::{PageCx, PageView};
use super::paths;
use crate::authz::access::SharedAccess;
use crate::tenant::TenantPath;
use crate::ui::{Button, Card, CardBody, Confirm, Consequence, Crumb, Form, FormActions, Kind, LinkButton, PageHeader};

/// A kind of entity, as its forms name it and where they post.
pub struct Editing {
    /// As in “Create group”.
    pub noun: &'static str,
    /// The title of its list.
    pub plural: &'static str,
    /// Its part of an address.
    pub section: &'static str,
    /// The fields of its forms.
    pub labels: Labels,
    /// The server function that creates one.
    pub create: &'static str,
    /// The server function that saves one, given its `version`.
    pub update: &'static str,
    /// The field that tells that function which one.
    pub which: &'static str,
    /// The server function that deletes one, given its `name` and what was `typed`.
    pub delete: &'static str,
}

/// What is edited.
pub struct Edited {
    /// Its name in addresses.
    pub key: String,
    /// The version that the form is made from. After a conflict the person has seen the present state, so the next
    /// attempt is made from it.
    pub version: i64,
    /// The fields and what is stored of them.
    pub stored: Vec<(&'static str, String)>,
}

/// What is deleted.
pub struct Deleted {
    /// Its name, to be typed.
    pub name: String,
    /// Its name in addresses.
    pub key: String,
    /// What it comes to, in a sentence.
    pub text: &'static str,
    /// What else happens.
    pub consequences: Vec<Consequence>,
}

impl Editing {
    /// The page `new`. `stored` is what the fields hold at first, `wide` is for a form with a document in it.
    pub fn create_page(
        &self,
        cx: &PageCx,
        access: SharedAccess,
        stored: Vec<(&'static str, String)>,
        wide: bool,
        fields: impl FnOnce(&FormCx) -> AnyView,
    ) -> PageView {
        let path = &access.tenant.path;
        let title = format!("Create {}", self.noun);
        let list = paths::tenant(path, &format!("/{}", self.section));
        let form = FormCx::new(self.create, self.labels, cx.flash.as_ref()).holding(stored);
        let (fields, verb) = (fields(&form), title.clone());
        let crumbs = vec![Crumb::link(self.plural, list.clone()), Crumb::here(title.clone())];
        let hidden = vec![("tenant".to_owned(), path.to_string())];
        let body = view! {
            <PageHeader title=title.clone() breadcrumbs=crumbs/>
            {notice_of(cx)}
            <Card>
                <CardBody>
                    <Form action=form.action.clone() hidden errors=form.errors() wide>
                        {fields}
                        <FormActions>
                            <Button label=verb kind=Kind::Primary/>
                            <LinkButton label="Cancel" href=list kind=Kind::Quiet/>
                        </FormActions>
                    </Form>
                </CardBody>
            </Card>
        };
        PageView { title, access, body: body.into_any() }
    }

    /// The tab `edit`, with theirs and yours if somebody else was faster.
    pub fn edit_tab(
        &self,
        cx: &PageCx,
        path: &TenantPath,
        edited: Edited,
        fields: impl FnOnce(&FormCx) -> AnyView,
    ) -> AnyView {
        let form = FormCx::new(self.update, self.labels, cx.flash.as_ref()).holding(edited.stored);
        let fields = fields(&form);
        let back = paths::object(path, self.section, &edited.key);
        let hidden = vec![
            ("tenant".to_owned(), path.to_string()),
            (self.which.to_owned(), edited.key),
            ("version".to_owned(), edited.version.to_string()),
        ];
        view! {
            {form.is_stale().then(|| conflict(form.differing()))}
            <Card title=format!("Edit {}", self.noun)>
                <CardBody>
                    <Form action=form.action.clone() hidden errors=form.errors()>
                        {fields}
                        <FormActions>
                            <Button label="Save changes" kind=Kind::Primary/>
                            <LinkButton label="Cancel" href=back kind=Kind::Quiet/>
                        </FormActions>
                    </Form>
                </CardBody>
            </Card>
        }
        .into_any()
    }

    /// The tab `delete`.
    pub fn delete_tab(&self, cx: &PageCx, path: &TenantPath, deleted: Deleted) -> AnyView {
        let Deleted { name, key, text, consequences } = deleted;
        let form = FormCx::new(self.delete, &[("typed", "Name")], cx.flash.as_ref());
        let cancel_href = paths::object(path, self.section, &key);
        let hidden = vec![("tenant".to_owned(), path.to_string()), ("name".to_owned(), key)];
        view! {
            <Confirm title=format!("Delete {name}?") text action=form.action.clone() verb=format!("Delete {}", self.noun)
                cancel_href consequences type_name=name typed=form.value("typed", "") hidden errors=form.errors()/>
        }
        .into_any()
    }
}
