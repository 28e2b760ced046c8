//! From SQLSTATE and constraint names to what went wrong.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;

use crate::store::AmiError;
use crate::store::error::Source;

/// Unique constraints and indexes: the kind of thing, and the field that holds its key. A test compares the list with
/// the database.
pub const UNIQUE: &[(&str, &str, &str)] = &[
    ("tenants_pkey", "tenant", "id"),
    ("tenants_path_key", "tenant", "slug"),
    ("tenants_tree_key", "tenant", "slug"),
    ("tenants_parent_id_slug_key", "tenant", "slug"),
    ("tenants_account_id_key", "tenant", "account_id"),
    ("tenants_one_root_key", "tenant", "parent_id"),
    ("tenant_former_paths_pkey", "former path", "path"),
    ("tenant_counts_pkey", "count", "kind"),
    ("tenant_provider_accounts_pkey", "provider account", "account_id"),
    ("documents_pkey", "document", "hash"),
    ("audit_seals_pkey", "seal", "seq"),
    ("audit_seals_event_id_key", "seal", "event"),
    ("audit_sealer_pkey", "sealer", "id"),
    ("guardrails_pkey", "guardrail", "name"),
    ("policies_pkey", "policy", "id"),
    ("policies_tenant_id_arn_key", "policy", "arn"),
    ("policies_tenant_id_policy_id_key", "policy", "policy_id"),
    ("policies_tenant_id_name_key", "policy", "policy_name"),
    ("policies_tenant_id_wami_arn_key", "policy", "wami_arn"),
    ("policy_versions_pkey", "policy version", "version_id"),
    ("policy_tags_pkey", "tag", "tags"),
    ("users_pkey", "user", "id"),
    ("users_tenant_id_name_key", "user", "user_name"),
    ("users_tenant_id_arn_key", "user", "arn"),
    ("users_tenant_id_wami_arn_key", "user", "wami_arn"),
    ("users_tenant_id_user_id_key", "user", "user_id"),
    ("user_policies_pkey", "attached policy", "policy_arn"),
    ("user_inline_policies_pkey", "inline policy", "policy_name"),
    ("user_tags_pkey", "tag", "tags"),
    ("login_profiles_pkey", "login profile", "user_name"),
    ("groups_pkey", "group", "id"),
    ("groups_tenant_id_name_key", "group", "group_name"),
    ("groups_tenant_id_arn_key", "group", "arn"),
    ("groups_tenant_id_wami_arn_key", "group", "wami_arn"),
    ("groups_tenant_id_group_id_key", "group", "group_id"),
    ("group_members_pkey", "member", "user_name"),
    ("group_policies_pkey", "attached policy", "policy_arn"),
    ("group_inline_policies_pkey", "inline policy", "policy_name"),
    ("group_tags_pkey", "tag", "tags"),
    ("roles_pkey", "role", "id"),
    ("roles_tenant_id_name_key", "role", "role_name"),
    ("roles_tenant_id_arn_key", "role", "arn"),
    ("roles_tenant_id_wami_arn_key", "role", "wami_arn"),
    ("roles_tenant_id_role_id_key", "role", "role_id"),
    ("role_policies_pkey", "attached policy", "policy_arn"),
    ("role_inline_policies_pkey", "inline policy", "policy_name"),
    ("role_tags_pkey", "tag", "tags"),
    ("permission_sets_pkey", "permission set", "id"),
    ("permission_sets_tenant_id_name_key", "permission set", "name"),
    ("permission_sets_tenant_id_arn_key", "permission set", "permission_set_arn"),
    ("permission_set_policies_pkey", "attached policy", "policy_arn"),
    ("permission_set_inline_policies_pkey", "inline policy", "policy_name"),
    ("permission_set_tags_pkey", "tag", "tags"),
    ("assignments_pkey", "assignment", "id"),
    ("assignments_user_key", "assignment", "principal"),
    ("assignments_group_key", "assignment", "principal"),
    ("resource_providers_pkey", "provider", "providers"),
    ("audit_events_pkey", "event", "id"),
    ("bin_items_pkey", "bin item", "id"),
    ("import_marks_pkey", "import mark", "arn"),
];

/// Foreign keys by the end of their names: the kind of thing that was not there. The names are `<table>_<column>_fkey`.
const ABSENT: &[(&str, &str)] = &[
    ("boundary_policy_id_fkey", "policy"),
    ("default_version_no_fkey", "policy version"),
    ("document_hash_fkey", "document"),
    ("policy_id_fkey", "policy"),
    ("group_id_fkey", "group"),
    ("user_id_fkey", "user"),
    ("set_id_fkey", "permission set"),
    ("parent_id_fkey", "tenant"),
    ("tenant_id_fkey", "tenant"),
    ("user_policies_owner_id_fkey", "user"),
    ("user_inline_policies_owner_id_fkey", "user"),
    ("user_tags_owner_id_fkey", "user"),
    ("group_policies_owner_id_fkey", "group"),
    ("group_inline_policies_owner_id_fkey", "group"),
    ("group_tags_owner_id_fkey", "group"),
    ("role_policies_owner_id_fkey", "role"),
    ("role_inline_policies_owner_id_fkey", "role"),
    ("role_tags_owner_id_fkey", "role"),
    ("permission_set_policies_owner_id_fkey", "permission set"),
    ("permission_set_inline_policies_owner_id_fkey", "permission set"),
    ("permission_set_tags_owner_id_fkey", "permission set"),
    ("policy_tags_owner_id_fkey", "policy"),
];

/// The kind of thing that a violated foreign key did not find.
pub fn absent(constraint: &str) -> Option<&'static str> {
    ABSENT.iter().find(|(end, _)| constraint.ends_with(end)).map(|(_, kind)| *kind)
}

/// Of a deletion that a foreign key refused: the table that still points here.
pub fn foreign_key(error: &sqlx::Error) -> Option<&str> {
    let database = error.as_database_error().filter(|database| database.is_foreign_key_violation())?;
    database.table()
}

/// The SQLSTATE that `wami_enter` raises for somebody not entitled.
const NOT_ENTITLED: &str = "WM403";

/// What a database error means. `name` is what the operation was about, for the message.
pub fn of(error: sqlx::Error, name: &str) -> AmiError {
    use sqlx::Error;
    match error {
        Error::Database(database) => of_database(database, name),
        Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed | Error::Tls(_) => {
            AmiError::Unavailable { source: Box::new(error) }
        }
        error => AmiError::Backend { source: Box::new(error) },
    }
}

fn of_database(error: Box<dyn DatabaseError>, name: &str) -> AmiError {
    let code = error.code().unwrap_or_default().into_owned();
    let constraint = error.constraint().unwrap_or_default().to_owned();
    let known = match error.kind() {
        ErrorKind::UniqueViolation => {
            let found = UNIQUE.iter().find(|(known, _, _)| *known == constraint);
            found.map(|(_, kind, field)| AmiError::exists(kind, name, field))
        }
        ErrorKind::ForeignKeyViolation => absent(&constraint).map(|kind| AmiError::not_found(kind, name)),
        ErrorKind::CheckViolation | ErrorKind::NotNullViolation => {
            // The program checks first, so this is a gap of it.
            tracing::warn!(constraint, sqlstate = code, "a value passed validation and was refused by the database");
            Some(AmiError::invalid(field_of(error.as_ref(), &constraint), "This value breaks a rule of the database."))
        }
        _ => match code.as_str() {
            NOT_ENTITLED => Some(AmiError::AccessDenied { message: "The tenant is not open to this actor.".into() }),
            "22021" | "22P05" => Some(AmiError::invalid("text", "The character NUL cannot be stored.")),
            "22008" => Some(AmiError::invalid("time", "This time is out of range.")),
            "22001" | "54000" => Some(AmiError::invalid("text", "This value is too long.")),
            _ => None,
        },
    };
    if let Some(known) = known {
        return known;
    }
    let source: Source = Box::new(sqlx::Error::Database(error));
    match code.as_str() {
        "40001" | "40P01" => AmiError::ConcurrentModification { source },
        "55P03" | "57014" | "53300" | "57P01" | "57P02" | "57P03" | "25P03" => AmiError::Unavailable { source },
        code if code.starts_with("08") || code.starts_with("53") => AmiError::Unavailable { source },
        // The tenant is unset on a fresh connection, unset on a used one, or another one than the row's.
        "42704" | "22P02" | "42501" => {
            tracing::error!(sqlstate = code, "a statement went past its tenant: row-level security refused it");
            AmiError::Backend { source }
        }
        _ => AmiError::Backend { source },
    }
}

/// The field of a check `<table>_<column>_check`, or of a column that must not be null.
fn field_of(error: &dyn DatabaseError, constraint: &str) -> String {
    let of_check =
        error.table().and_then(|table| constraint.strip_prefix(table)?.strip_prefix('_')?.strip_suffix("_check"));
    let of_column = || error.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::column);
    of_check.or_else(of_column).unwrap_or_default().to_owned()
}

impl From<sqlx::Error> for AmiError {
    /// For rows that cannot be read: what comes back from the database is of our own making.
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::ResourceNotFound { resource: "row".into() },
            error => of(error, ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_key_tells_what_was_not_there() {
        assert_eq!(absent("users_boundary_policy_id_fkey"), Some("policy"));
        assert_eq!(absent("permission_set_tags_owner_id_fkey"), Some("permission set"));
        assert_eq!(absent("user_tags_owner_id_fkey"), Some("user"));
        assert_eq!(absent("assignments_set_id_fkey"), Some("permission set"));
        assert_eq!(absent("users_tenant_id_fkey"), Some("tenant"));
        assert_eq!(absent("nothing"), None);
    }
}
