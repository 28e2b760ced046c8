//! The first administrator, and what every installation starts with.
//!
//! Nobody bypasses evaluation: set-up creates the tenant `root`, the built-in permission sets, and one ordinary user
//! there with `Administrator` on the root and everything below.

use crate::app_state::App;
use crate::audit::{Event, EventTarget};
use crate::iam::{InlinePolicy, LoginProfile, Owner, Person, User, validate};
use crate::op::OpContext;
use crate::sample::{self, SampleError};
use crate::sso_admin::{PermissionSet, PrincipalKind, Reach};
use crate::store::console::{Link, LinkPurpose, hash_of};
use crate::store::provider::{self, NativeKind};
use crate::store::traits::NewAssignment;
use crate::store::{AmiError, AwsProvider, CloudProvider, Result, Scope, UnitOfWork};
use crate::tenant::{TenantPath, TenantRef};
use crate::wire::{ApiError, Code, FieldError, Secret};

use super::links::SETUP_LASTS;

/// The set that may do everything.
pub const ADMINISTRATOR: &str = "Administrator";

/// The sets that come with the product: name, description, allowed actions.
const BUILTIN_SETS: &[(&str, &str, &[&str])] = &[
    (ADMINISTRATOR, "Everything, in the tenant it is assigned in.", &["*"]),
    (
        "IAM administrator",
        "Users, groups, roles, policies and their credentials. Cannot hand out permission sets or change tenants.",
        &[
            "iam:*",
            "sso:List*",
            "sso:Describe*",
            "tenant:Get*",
            "tenant:List*",
            "audit:Get*",
            "audit:List*",
            "access:*",
            "console:List*",
            "console:RestoreFromBin",
            "console:RevokeSessions",
            "console:ImportAccount",
            "console:ExportData",
        ],
    ),
    (
        "Security auditor",
        "Reads everything, changes nothing.",
        &[
            "iam:Get*",
            "iam:List*",
            "sso:List*",
            "sso:Describe*",
            "sts:Get*",
            "sts:List*",
            "tenant:Get*",
            "tenant:List*",
            "audit:Get*",
            "audit:List*",
            "audit:ExportEvents",
            "access:*",
            "console:List*",
        ],
    ),
    (
        "Help desk",
        "Passwords, factors and sessions of people, and nothing else.",
        &[
            "iam:ListUsers",
            "iam:GetUser",
            "iam:ListGroupsForUser",
            "iam:GetLoginProfile",
            "iam:CreateLoginProfile",
            "iam:UpdateLoginProfile",
            "iam:ListMFADevices",
            "iam:DeactivateMFADevice",
            "tenant:GetTenant",
            "console:ListSessions",
            "console:RevokeSessions",
        ],
    ),
];

/// Makes sure that the root tenant and the built-in permission sets exist. Safe to call at every start, from any number
/// of replicas.
///
/// # Errors
/// When the store cannot answer.
pub async fn ensure_foundation(app: &App) -> Result<TenantRef> {
    let root = app.backend.ensure_root("Root").await?;
    let scope = Scope::of_system(root.clone());
    for (name, description, actions) in BUILTIN_SETS {
        let mut unit = app.backend.begin(&scope).await?;
        if unit.sso.find_permission_set(name).await?.is_some() {
            continue;
        }
        let (instance, set) = (app.ids.hex::<8>(), app.ids.hex::<8>());
        let inserted = unit
            .sso
            .insert_permission_set(PermissionSet {
                name: (*name).to_owned(),
                permission_set_arn: format!("arn:aws:sso:::permissionSet/ssoins-{instance}/ps-{set}"),
                description: Some((*description).to_owned()),
                session_seconds: 3600,
                relay_state: None,
                requires_elevation: false,
                is_builtin: true,
                permissions_boundary: None,
                created_date: app.clock.now(),
                tags: vec![],
                wami_arn: format!("arn:wami:sso::{}:permission-set/{name}", root.account_id),
                providers: vec![],
                tenant_id: None,
            })
            .await;
        match inserted {
            Ok(_) => {}
            // Another replica was first.
            Err(AmiError::ResourceExists { .. }) => continue,
            Err(error) => return Err(error),
        }
        let document = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
        });
        let policy_document = serde_json::to_string_pretty(&document).unwrap_or_default();
        let policy = InlinePolicy { policy_name: "Permissions".into(), policy_document };
        unit.iam.put_inline_policy(&Owner::permission_set(*name), &policy).await?;
        unit.commit().await?;
    }
    Ok(root)
}

/// A fresh set-up link while no administrator exists; `None` afterwards. Earlier links stop working.
///
/// # Errors
/// When the store cannot answer.
pub async fn link(app: &App) -> Result<Option<Secret<String>>> {
    let root = ensure_foundation(app).await?;
    let now = app.clock.now();
    if app.backend.directory().count_administrators(root.id, now).await? > 0 {
        app.console.delete_setup_links().await?;
        return Ok(None);
    }
    let token = app.ids.token();
    let link = Link {
        token_hash: hash_of(token.expose().as_bytes()),
        purpose: LinkPurpose::Setup,
        user: None,
        maker: None,
        created_at: now,
        expires_at: now + SETUP_LASTS,
    };
    app.console.put_link(&link).await?;
    Ok(Some(Secret::new(format!("{}/setup/{}", app.settings.public_url, token.expose()))))
}

/// Who is to be the administrator.
#[derive(Debug, Clone)]
pub struct NewAdministrator {
    /// Its user name.
    pub user_name: String,
    /// The name for people.
    pub display_name: String,
    /// Its e-mail address; may be empty.
    pub email: String,
    /// Its password.
    pub password: Secret<String>,
    /// The same again.
    pub repeated: Secret<String>,
}

impl NewAdministrator {
    fn check(&self) -> std::result::Result<(), ApiError> {
        let mut errors = Vec::new();
        let mut add = |field: &str, check: std::result::Result<(), String>| {
            if let Err(message) = check {
                errors.push(FieldError { field: field.into(), message });
            }
        };
        add("user_name", validate::name(&self.user_name, 64));
        add("display_name", validate::text(&self.display_name, 128));
        if !self.email.is_empty() {
            add("email", validate::email(&self.email));
        }
        let names = [self.user_name.as_str(), self.display_name.as_str(), self.email.as_str()];
        add("password", super::password::check_new(self.password.expose(), &names));
        if self.password != self.repeated {
            add("repeated", Err("The two passwords are not the same.".into()));
        }
        if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
    }
}

/// Whether a set-up link works.
///
/// # Errors
/// `NotFound` when it does not.
pub async fn peek(op: &OpContext, token: &str) -> std::result::Result<(), ApiError> {
    let link =
        op.app().console.find_link(&hash_of(token.as_bytes()), op.now()).await.map_err(|error| op.fail(error))?;
    match link {
        Some(link) if link.purpose == LinkPurpose::Setup => Ok(()),
        _ => Err(ApiError::new(
            Code::NotFound,
            "This set-up link does not work any more. The server prints a new one at its start until an administrator exists.",
        )),
    }
}

/// Uses the set-up link up and makes the first administrator of the root tenant, with the sample organisation if asked.
///
/// # Errors
/// `NotFound` for a link that does not work; field errors (`sample` when it cannot be loaded), with the link still good.
pub async fn complete(
    op: &OpContext,
    token: &str,
    new: NewAdministrator,
    with_sample: bool,
) -> std::result::Result<(), ApiError> {
    peek(op, token).await?;
    new.check()?;
    let app = op.app();
    if with_sample {
        sample::load(app, &op.request_id).await.map_err(|error| match error {
            SampleError::NotEmpty(_) => ApiError::field("sample", error.to_string()),
            SampleError::Store(error) => op.fail(error),
        })?;
    }
    let taken = app.console.take_link(&hash_of(token.as_bytes()), op.now()).await.map_err(|error| op.fail(error))?;
    if taken.is_none() {
        return Err(ApiError::not_found());
    }
    create_administrator(app, &TenantPath::root(), new, &op.request_id).await?;
    app.console.delete_setup_links().await.map_err(|error| op.fail(error))
}

/// Makes a user of a tenant its administrator, and that of everything below: the user is created when it is absent,
/// else its password is replaced and it is enabled. For set-up and for the operator at the command line.
///
/// # Errors
/// `NotFound` for the tenant; field errors.
pub async fn create_administrator(
    app: &App,
    path: &TenantPath,
    new: NewAdministrator,
    request_id: &str,
) -> std::result::Result<(), ApiError> {
    new.check()?;
    let fail = |error| crate::op::errors::to_api(error, request_id);
    let root = ensure_foundation(app).await.map_err(fail)?;
    let directory = app.backend.directory();
    let tenant = directory.resolve(path).await.map_err(fail)?.ok_or_else(ApiError::not_found)?;
    let hash = app.passwords.hash(new.password.clone()).await;
    let set = app
        .backend
        .parts(&Scope::of_system(root.clone()))
        .sso
        .find_permission_set(ADMINISTRATOR)
        .await
        .map_err(fail)?;
    let set = set.ok_or_else(ApiError::internal)?;
    let now = app.clock.now();
    let mut unit = app.backend.begin(&Scope::of_system(tenant.clone())).await.map_err(fail)?;
    let user = put_user(app, &mut unit, &tenant, &new).await.map_err(fail)?;
    let existing = unit.iam.get_login_profile(&user.user_name).await.map_err(fail)?;
    let profile = LoginProfile {
        user_name: user.user_name.clone(),
        create_date: existing.as_ref().map_or(now, |profile| profile.create_date),
        password_reset_required: false,
        changed_at: now,
        password_hash: Secret::new(hash),
    };
    match existing {
        Some(_) => unit.iam.update_login_profile(profile).await.map_err(fail)?,
        None => unit.iam.create_login_profile(profile).await.map_err(fail)?,
    }
    let assigned = unit
        .sso
        .create_account_assignment(NewAssignment {
            set_tenant_id: root.id,
            set_id: set.id,
            principal_kind: PrincipalKind::User,
            principal_tenant_id: tenant.id,
            principal_id: user.id.uuid(),
            reach: Reach::Subtree,
            expires_at: None,
            created_by: None,
        })
        .await;
    match assigned {
        Ok(_) | Err(AmiError::ResourceExists { .. }) => {}
        Err(error) => return Err(fail(error)),
    }
    let event = Event {
        id: app.ids.id(now),
        at: now,
        actor: None,
        acting_as: vec![],
        source_ip: None,
        request_id: request_id.to_owned(),
        action: "console:CreateAdministrator".into(),
        target: EventTarget {
            kind: "user".into(),
            id: Some(user.id.uuid()),
            name: user.user_name.clone(),
            arn: user.wami_arn.clone(),
        },
        outcome: crate::audit::Outcome::Success,
        reason: None,
        before: None,
        after: serde_json::to_value(&user).ok(),
        parts: vec![],
    };
    unit.records.record(&event).await.map_err(fail)?;
    unit.commit().await.map_err(fail)
}

async fn put_user(
    app: &App,
    unit: &mut UnitOfWork,
    tenant: &TenantRef,
    new: &NewAdministrator,
) -> Result<crate::iam::Stored<User>> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let person = Person { display_name: some(&new.display_name), email: some(&new.email) };
    if let Some(mut user) = unit.iam.find_user(&new.user_name).await? {
        user.enabled = true;
        return unit.iam.update_user(&user).await;
    }
    let account = &tenant.account_id;
    let user = User {
        user_name: new.user_name.clone(),
        user_id: app.ids.stable_id(NativeKind::User.id_prefix()),
        arn: AwsProvider::new().native_arn(NativeKind::User, account, "/", &new.user_name),
        path: "/".into(),
        create_date: app.clock.now(),
        password_last_used: None,
        permissions_boundary: None,
        tags: vec![],
        wami_arn: provider::wami_arn(NativeKind::User, account, "/", &new.user_name),
        providers: vec![],
        tenant_id: None,
    };
    unit.iam.insert_user(user, person).await
}
