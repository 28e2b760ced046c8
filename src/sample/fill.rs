//! Fills one tenant of the sample.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::data::{
    Document, Documents, SampleAssignment, SampleGroup, SamplePolicy, SampleRole, SampleSet, SampleTenant, SampleUser,
    tags,
};
use crate::app_state::App;
use crate::iam::{Group, InlinePolicy, Owner, Person, Policy, Role, RoleLastUsed, User};
use crate::sso_admin::{PermissionSet, PrincipalKind};
use crate::store::provider::{self, NativeKind};
use crate::store::traits::NewAssignment;
use crate::store::{AmiError, AwsProvider, CloudProvider, Result, UnitOfWork};
use crate::tenant::{Guardrail, TenantPath, TenantRef};

/// A tenant that the unit of work has entered, still empty.
pub struct Fill<'a> {
    /// Clock and ids.
    pub app: &'a App,
    /// In which everything is done.
    pub unit: &'a mut UnitOfWork,
    /// The tenant.
    pub tenant: &'a TenantRef,
    /// The account ids of all tenants of the sample by path.
    pub accounts: &'a HashMap<&'a str, &'a str>,
}

impl Fill<'_> {
    /// Adds everything, and tells what, as parts of an audit record.
    ///
    /// # Errors
    /// As the store.
    pub async fn with(mut self, sample: &SampleTenant) -> Result<Vec<Value>> {
        let mut made = Vec::new();
        let mut note = |kind: &str, name: &str| made.push(json!({ "kind": kind, "name": name }));
        for (name, document) in &sample.guardrails {
            let (document, created_at) = (self.text(document), self.app.clock.now());
            self.unit.tenants.put_guardrail(&Guardrail { name: name.clone(), document, created_at }).await?;
            note("guardrail", name);
        }
        for policy in &sample.policies {
            self.policy(policy).await?;
            note("policy", &policy.name);
        }
        for group in &sample.groups {
            self.group(group).await?;
            note("group", &group.name);
        }
        for user in &sample.users {
            self.user(user).await?;
            note("user", &user.name);
        }
        for role in &sample.roles {
            self.role(role).await?;
            note("role", &role.name);
        }
        for set in &sample.sets {
            self.set(set).await?;
            note("permission-set", &set.name);
        }
        for assignment in &sample.assignments {
            self.assignment(assignment).await?;
            let principal = assignment.user.as_ref().or(assignment.group.as_ref());
            note("assignment", &format!("{} to {}", assignment.set, principal.map_or("", String::as_str)));
        }
        Ok(made)
    }

    async fn policy(&mut self, sample: &SamplePolicy) -> Result<()> {
        let (created, names) = (self.ago(sample.days), self.names(NativeKind::Policy, "/", &sample.name));
        let mut documents = sample.versions.iter().map(|document| self.text(document)).collect::<Vec<_>>().into_iter();
        let policy = Policy {
            policy_name: sample.name.clone(),
            policy_id: names.id,
            arn: names.arn.clone(),
            path: "/".into(),
            default_version_id: "v1".into(),
            policy_document: documents.next().unwrap_or_default(),
            attachment_count: 0,
            permissions_boundary_usage_count: 0,
            is_attachable: true,
            description: Some(sample.about.clone()),
            create_date: created,
            update_date: created,
            tags: tags(&sample.tags),
            wami_arn: names.wami_arn,
            providers: vec![],
            tenant_id: None,
        };
        self.unit.iam.insert_policy(policy).await?;
        let in_force = sample.in_force.unwrap_or(sample.versions.len());
        for (document, number) in documents.zip(2..) {
            self.unit.iam.create_policy_version(&names.arn, &document, number == in_force, None).await?;
        }
        Ok(())
    }

    async fn group(&mut self, sample: &SampleGroup) -> Result<()> {
        let names = self.names(NativeKind::Group, &sample.path, &sample.name);
        let group = Group {
            group_name: sample.name.clone(),
            group_id: names.id,
            arn: names.arn,
            path: sample.path.clone(),
            create_date: self.ago(sample.days),
            tags: tags(&sample.tags),
            wami_arn: names.wami_arn,
            providers: vec![],
            tenant_id: None,
        };
        self.unit.iam.insert_group(group).await?;
        self.attach(&Owner::group(&sample.name), &sample.attached).await
    }

    async fn user(&mut self, sample: &SampleUser) -> Result<()> {
        let names = self.names(NativeKind::User, &sample.path, &sample.name);
        let user = User {
            user_name: sample.name.clone(),
            user_id: names.id,
            arn: names.arn,
            path: sample.path.clone(),
            create_date: self.ago(sample.days),
            password_last_used: None,
            permissions_boundary: sample.boundary.as_deref().map(|policy| self.policy_arn(policy)),
            tags: tags(&sample.tags),
            wami_arn: names.wami_arn,
            providers: vec![],
            tenant_id: None,
        };
        let person = Person { display_name: sample.display.clone(), email: sample.email() };
        let mut user = self.unit.iam.insert_user(user, person).await?;
        if sample.disabled {
            user.enabled = false;
            self.unit.iam.update_user(&user).await?;
        }
        for group in &sample.groups {
            self.unit.iam.add_user_to_group(group, &sample.name).await?;
        }
        let owner = Owner::user(&sample.name);
        self.attach(&owner, &sample.attached).await?;
        self.write_into(&owner, &sample.inline).await
    }

    async fn role(&mut self, sample: &SampleRole) -> Result<()> {
        let names = self.names(NativeKind::Role, "/", &sample.name);
        let used = |days| RoleLastUsed { last_used_date: self.ago(days), region: Some("eu-north-1".into()) };
        let role = Role {
            role_name: sample.name.clone(),
            role_id: names.id,
            arn: names.arn,
            path: "/".into(),
            create_date: self.ago(sample.days),
            assume_role_policy_document: self.text(&sample.trust),
            description: Some(sample.about.clone()),
            max_session_duration: sample.hours.map(|hours| hours * 3600),
            permissions_boundary: None,
            role_last_used: sample.used.map(used),
            instance_profiles: sample.instance_profiles.clone(),
            tags: tags(&sample.tags),
            wami_arn: names.wami_arn,
            providers: vec![],
            tenant_id: None,
        };
        self.unit.iam.insert_role(role).await?;
        let owner = Owner::role(&sample.name);
        self.attach(&owner, &sample.attached).await?;
        self.write_into(&owner, &sample.inline).await
    }

    async fn set(&mut self, sample: &SampleSet) -> Result<()> {
        let ids = &self.app.ids;
        let set = PermissionSet {
            name: sample.name.clone(),
            permission_set_arn: format!("arn:aws:sso:::permissionSet/ssoins-{}/ps-{}", ids.hex::<8>(), ids.hex::<8>()),
            description: Some(sample.about.clone()),
            session_seconds: sample.hours * 3600,
            relay_state: None,
            requires_elevation: sample.elevation,
            is_builtin: false,
            permissions_boundary: sample.boundary.as_deref().map(|policy| self.policy_arn(policy)),
            created_date: self.app.clock.now(),
            tags: tags(&sample.tags),
            wami_arn: format!("arn:wami:sso::{}:permission-set/{}", self.tenant.account_id, sample.name),
            providers: vec![],
            tenant_id: None,
        };
        self.unit.sso.insert_permission_set(set).await?;
        let owner = Owner::permission_set(&sample.name);
        self.attach(&owner, &sample.attached).await?;
        let policy = InlinePolicy { policy_name: "Permissions".into(), policy_document: self.text(&sample.inline) };
        self.unit.iam.put_inline_policy(&owner, &policy).await
    }

    async fn assignment(&mut self, sample: &SampleAssignment) -> Result<()> {
        let (kind, principal) = match (&sample.user, &sample.group) {
            (Some(user), _) => (PrincipalKind::User, user.as_str()),
            (None, group) => (PrincipalKind::Group, group.as_deref().unwrap_or_default()),
        };
        let absent = |what: &str| AmiError::not_found("principal or permission set", what);
        let (name, home) = named_at(principal).ok_or_else(|| absent(principal))?;
        let found = self.unit.sso.find_principal(&home, kind, name).await?.ok_or_else(|| absent(principal))?;
        let (name, home) = named_at(&sample.set).ok_or_else(|| absent(&sample.set))?;
        let usable = self.unit.sso.list_usable_permission_sets().await?;
        let set = usable.into_iter().find(|set| set.name == name && set.tenant_path == home);
        let set = set.ok_or_else(|| absent(&sample.set))?;
        let new = NewAssignment {
            set_tenant_id: set.tenant_id,
            set_id: set.id,
            principal_kind: kind,
            principal_tenant_id: found.tenant_id,
            principal_id: found.id,
            reach: sample.reach,
            expires_at: sample.days.map(|days| self.app.clock.now() + TimeDelta::days(days)),
            created_by: None,
        };
        self.unit.sso.create_account_assignment(new).await?;
        Ok(())
    }

    async fn attach(&mut self, owner: &Owner, policies: &[String]) -> Result<()> {
        for policy in policies {
            let arn = self.policy_arn(policy);
            self.unit.iam.attach_policy(owner, &arn).await?;
        }
        Ok(())
    }

    async fn write_into(&mut self, owner: &Owner, documents: &Documents) -> Result<()> {
        for (name, document) in documents {
            let policy = InlinePolicy { policy_name: name.clone(), policy_document: self.text(document) };
            self.unit.iam.put_inline_policy(owner, &policy).await?;
        }
        Ok(())
    }

    fn text(&self, document: &Document) -> String {
        let own = self.tenant.path.as_str();
        document.text(|path| self.accounts[if path.is_empty() { own } else { path }].to_owned())
    }

    fn ago(&self, days: i64) -> DateTime<Utc> {
        self.app.clock.now() - TimeDelta::days(days)
    }

    fn policy_arn(&self, name: &str) -> String {
        AwsProvider::new().native_arn(NativeKind::Policy, &self.tenant.account_id, "/", name)
    }

    fn names(&self, kind: NativeKind, path: &str, name: &str) -> Names {
        let account = &self.tenant.account_id;
        Names {
            id: self.app.ids.stable_id(kind.id_prefix()),
            arn: AwsProvider::new().native_arn(kind, account, path, name),
            wami_arn: provider::wami_arn(kind, account, path, name),
        }
    }
}

/// The identifiers of something new.
struct Names {
    id: String,
    arn: String,
    wami_arn: String,
}

/// `name@path` taken apart.
fn named_at(text: &str) -> Option<(&str, TenantPath)> {
    let (name, path) = text.rsplit_once('@')?;
    Some((name, path.parse().ok()?))
}
