//! What users, groups, roles, managed policies and permission sets have in common, said once for every store.

use chrono::{DateTime, Utc};

use super::{Result, listing, rules};
use crate::iam::{Group, Person, Policy, ProviderConfig, Role, Stored, Tag, User};
use crate::ids::Ids;
use crate::sso_admin::PermissionSet;
use crate::tenant::TenantId;

/// A kind of thing that is stored under a name, with a version, tags and providers.
pub trait Entity: Clone + Send + Sync + 'static {
    /// The word for it in a sentence.
    const NOUN: &'static str;
    /// The list of all of them, as its cursors name it.
    const LISTED: &'static str;
    /// What its lists are filtered by.
    const FILTERS: &'static [listing::Key];

    /// What all kinds have.
    fn common(&self) -> Common<'_>;
    /// The same, to change it.
    fn common_mut(&mut self) -> CommonMut<'_>;

    /// Its own rules, tags apart.
    ///
    /// # Errors
    /// `InvalidParameter` on the field.
    fn check(&self, person: &Person) -> Result<()>;

    /// Puts what only its kind has into the form in which it is kept and read.
    fn normalize(&mut self) {}

    /// Its name.
    fn name(&self) -> &str {
        self.common().name
    }

    /// As it is kept and will be read: of this tenant, with these tags, times to the microsecond, providers in order.
    #[must_use]
    fn kept(mut self, tenant: TenantId, tags: Vec<Tag>) -> Self {
        let common = self.common_mut();
        *common.tenant_id = Some(tenant);
        *common.created = rules::micros(*common.created);
        *common.tags = tags;
        *common.providers = rules::known_providers(common.providers, tenant);
        self.normalize();
        self
    }
}

/// What all kinds of entities have.
#[derive(Debug, Clone, Copy)]
pub struct Common<'a> {
    /// Its name.
    pub name: &'a str,
    /// The tenant it says it is of.
    pub tenant_id: Option<TenantId>,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// The ARN of the policy that bounds it.
    pub boundary: Option<&'a str>,
    /// Its tags.
    pub tags: &'a [Tag],
    /// Where else it is known.
    pub providers: &'a [ProviderConfig],
}

/// [`Common`], to change it, the name aside.
#[derive(Debug)]
pub struct CommonMut<'a> {
    /// Its tenant.
    pub tenant_id: &'a mut Option<TenantId>,
    /// When it was created.
    pub created: &'a mut DateTime<Utc>,
    /// The ARN of the policy that bounds it; `None` for kinds that have no boundary.
    pub boundary: Option<&'a mut Option<String>>,
    /// Its tags.
    pub tags: &'a mut Vec<Tag>,
    /// Where else it is known.
    pub providers: &'a mut Vec<ProviderConfig>,
}

/// Refuses what says it is of another tenant, or breaks a rule; tags apart, which have a rule of their own.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn check<T: Entity>(value: &T, person: &Person, tenant: TenantId) -> Result<()> {
    rules::same_tenant(value.common().tenant_id, tenant)?;
    value.check(person)
}

/// A new entity as it is stored and will be read, under an id that is drawn for it.
///
/// # Errors
/// `InvalidParameter` on the field.
pub fn admit<T: Entity>(
    value: T,
    person: Person,
    tenant: TenantId,
    ids: &Ids,
    now: DateTime<Utc>,
) -> Result<Stored<T>> {
    check(&value, &person, tenant)?;
    let tags = rules::new_tags(value.common().tags)?;
    Ok(Stored { id: ids.id(now), version: 1, enabled: true, person, updated_at: now, value: value.kept(tenant, tags) })
}

/// The fields that all kinds have, by the names they have in one of them.
macro_rules! common {
    (name: $name:ident, created: $created:ident $(, boundary: $boundary:ident)?) => {
        fn common(&self) -> Common<'_> {
            Common {
                $(boundary: self.$boundary.as_deref(),)?
                ..Common {
                    name: &self.$name,
                    tenant_id: self.tenant_id,
                    created: self.$created,
                    boundary: None,
                    tags: &self.tags,
                    providers: &self.providers,
                }
            }
        }
        fn common_mut(&mut self) -> CommonMut<'_> {
            CommonMut {
                $(boundary: Some(&mut self.$boundary),)?
                ..CommonMut {
                    tenant_id: &mut self.tenant_id,
                    created: &mut self.$created,
                    boundary: None,
                    tags: &mut self.tags,
                    providers: &mut self.providers,
                }
            }
        }
    };
}

impl Entity for User {
    const NOUN: &'static str = "user";
    const LISTED: &'static str = "users";
    const FILTERS: &'static [listing::Key] = listing::USERS;

    common!(name: user_name, created: create_date, boundary: permissions_boundary);

    fn check(&self, person: &Person) -> Result<()> {
        rules::user(self, person)
    }
    fn normalize(&mut self) {
        self.password_last_used = self.password_last_used.map(rules::micros);
    }
}

impl Entity for Group {
    const NOUN: &'static str = "group";
    const LISTED: &'static str = "groups";
    const FILTERS: &'static [listing::Key] = listing::GROUPS;

    common!(name: group_name, created: create_date);

    fn check(&self, _: &Person) -> Result<()> {
        rules::group(self)
    }
}

impl Entity for Role {
    const NOUN: &'static str = "role";
    const LISTED: &'static str = "roles";
    const FILTERS: &'static [listing::Key] = listing::ROLES;

    common!(name: role_name, created: create_date, boundary: permissions_boundary);

    fn check(&self, _: &Person) -> Result<()> {
        rules::role(self)
    }
    fn normalize(&mut self) {
        self.role_last_used = rules::last_used(&self.role_last_used);
    }
}

impl Entity for Policy {
    const NOUN: &'static str = "policy";
    const LISTED: &'static str = "policies";
    const FILTERS: &'static [listing::Key] = listing::POLICIES;

    common!(name: policy_name, created: create_date);

    fn check(&self, _: &Person) -> Result<()> {
        rules::policy(self).map(drop)
    }
    fn normalize(&mut self) {
        self.update_date = rules::micros(self.update_date);
        // What is counted is nothing yet, and there is no document without a version.
        self.attachment_count = 0;
        self.permissions_boundary_usage_count = 0;
        if self.is_document_unknown() {
            self.policy_document.clear();
        }
    }
}

impl Entity for PermissionSet {
    const NOUN: &'static str = "permission set";
    const LISTED: &'static str = "permission sets";
    const FILTERS: &'static [listing::Key] = listing::PERMISSION_SETS;

    common!(name: name, created: created_date, boundary: permissions_boundary);

    fn check(&self, _: &Person) -> Result<()> {
        rules::permission_set(self)
    }
}
