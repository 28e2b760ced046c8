//! From SQLSTATE and constraint names to what went wrong.

use sqlx::error::{DatabaseError, ErrorKind};

use crate::store::AmiError;

/// Unique constraints and indexes: kind of thing and the field that holds the key. A test compares it with the database.
pub const UNIQUE: &[(&str, &str, &str)] = &[
    ("tenants_pkey", "tenant", "id"),
    ("tenants_path_key", "tenant", "slug"),
    ("tenants_tree_key", "tenant", "slug"),
    ("tenants_account_id_key", "tenant", "account_id"),
    ("tenants_one_root_key", "tenant", "parent"),
    ("tenants_parent_id_slug_key", "tenant", "slug"),
    ("guardrails_pkey", "guardrail", "name"),
    ("policies_pkey", "policy", "id"),
    ("policies_tenant_id_arn_key", "policy", "arn"),
    ("policies_tenant_id_policy_id_key", "policy", "policy_id"),
    ("policies_tenant_id_name_key", "policy", "policy_name"),
    ("policies_tenant_id_wami_arn_key", "policy", "wami_arn"),
    ("policy_versions_pkey", "policy version", "version_id"),
    ("users_pkey", "user", "id"),
    ("users_tenant_id_name_key", "user", "user_name"),
    ("users_tenant_id_arn_key", "user", "arn"),
    ("users_tenant_id_wami_arn_key", "user", "wami_arn"),
    ("users_tenant_id_user_id_key", "user", "user_id"),
    ("login_profiles_pkey", "login profile", "user_name"),
    ("groups_pkey", "group", "id"),
    ("groups_tenant_id_name_key", "group", "group_name"),
    ("groups_tenant_id_arn_key", "group", "arn"),
    ("groups_tenant_id_wami_arn_key", "group", "wami_arn"),
    ("groups_tenant_id_group_id_key", "group", "group_id"),
    ("group_members_pkey", "membership", "user_name"),
    ("roles_pkey", "role", "id"),
    ("roles_tenant_id_name_key", "role", "role_name"),
    ("roles_tenant_id_arn_key", "role", "arn"),
    ("roles_tenant_id_wami_arn_key", "role", "wami_arn"),
    ("roles_tenant_id_role_id_key", "role", "role_id"),
    ("permission_sets_pkey", "permission set", "id"),
    ("permission_sets_tenant_id_name_key", "permission set", "name"),
    ("permission_sets_tenant_id_arn_key", "permission set", "arn"),
    ("assignments_pkey", "assignment", "id"),
    ("assignments_user_key", "assignment", "principal"),
    ("assignments_group_key", "assignment", "principal"),
    ("bin_items_pkey", "bin item", "id"),
    ("audit_events_pkey", "event", "id"),
];

/// The SQLSTATE raised by functions of ours for somebody not entitled.
pub const NOT_ENTITLED: &str = "WM403";

/// What a database error means. `name` is what the operation was about, for the message.
pub fn of(error: sqlx::Error, name: &str) -> AmiError {
    match error {
        sqlx::Error::Database(ref database) => match of_database(database.as_ref(), name) {
            Some(known) => known,
            None => {
                if database.code().as_deref() == Some("42501") {
                    tracing::error!("a write went past its tenant: row-level security refused it");
                }
                AmiError::Backend { source: Box::new(error) }
            }
        },
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
            AmiError::Unavailable { source: Box::new(error) }
        }
        error => AmiError::Backend { source: Box::new(error) },
    }
}

fn of_database(error: &dyn DatabaseError, name: &str) -> Option<AmiError> {
    let constraint = error.constraint().unwrap_or_default().to_owned();
    let code = error.code().map(|code| code.into_owned()).unwrap_or_default();
    match error.kind() {
        ErrorKind::UniqueViolation => {
            let (_, kind, field) = UNIQUE.iter().find(|(known, _, _)| *known == constraint)?;
            return Some(AmiError::exists(kind, name, field));
        }
        ErrorKind::CheckViolation => {
            // `users_user_name_check`: table, column, and the word.
            let field = constraint.strip_suffix("_check")?.split_once('_').map_or("", |(_, column)| column).to_owned();
            return Some(AmiError::invalid(field, "This value breaks a rule of the database."));
        }
        _ => {}
    }
    let source = || -> crate::store::error::Source { format!("SQLSTATE {code}: {}", error.message()).into() };
    let scope_is_unset = match code.as_str() {
        // On a connection that never had a scope, and on one that had.
        "42704" => error.message().contains("wami."),
        "22P02" => error.message().ends_with("type uuid: \"\""),
        _ => false,
    };
    match code.as_str() {
        _ if scope_is_unset => Some(AmiError::AccessDenied { message: "The tenant is not open to this actor.".into() }),
        NOT_ENTITLED => Some(AmiError::AccessDenied { message: "The tenant is not open to this actor.".into() }),
        "22021" => Some(AmiError::invalid("text", "The character NUL cannot be stored.")),
        "22001" => Some(AmiError::invalid("text", "This value is too long.")),
        "40001" | "40P01" => Some(AmiError::ConcurrentModification { source: source() }),
        "55P03" | "57014" | "53300" | "57P01" | "57P02" | "57P03" => Some(AmiError::Unavailable { source: source() }),
        code if code.starts_with("08") => Some(AmiError::Unavailable { source: source() }),
        _ => None,
    }
}

impl From<sqlx::Error> for AmiError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::ResourceNotFound { resource: "row".into() },
            error => of(error, ""),
        }
    }
}

/// Whether an error is a violated foreign key, and of which constraint.
pub fn foreign_key(error: &sqlx::Error) -> Option<String> {
    let database = error.as_database_error()?;
    (database.kind() == ErrorKind::ForeignKeyViolation).then(|| database.constraint().unwrap_or_default().to_owned())
}
