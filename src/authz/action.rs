//! The one table of what can be done in the console: each action with its name in policies, whether it only reads, and
//! the kind of thing it is asked about. `docs/permissions.md` is generated from it.
//!
//! Prefixes `iam`, `sts` and `sso` have AWS's names where AWS has the operation; `tenant`, `audit`, `access` and
//! `console` are this system's own.

use crate::policy;

/// Whether an action changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads; refused ones are not recorded.
    Read,
    /// It changes something, or lets a secret out; done and refused ones are recorded.
    Write,
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $effect:ident, $resource:literal;)+) => {
        /// Something that can be done in the console.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[doc = $doc])* #[doc = concat!("`", $text, "`")] $name,)+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in a policy.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Whether it changes anything.
            pub const fn effect(self) -> Effect {
                match self { $(Self::$name => Effect::$effect,)+ }
            }

            /// The form of the resource it is asked about, as in `arn:wami:iam::<account>:user/<path><name>`.
            pub const fn resource(self) -> &'static str {
                match self { $(Self::$name => $resource,)+ }
            }
        }
    };
}

actions! {
    ListUsers = "iam:ListUsers", Read, "user/";
    GetUser = "iam:GetUser", Read, "user/<path><name>";
    CreateUser = "iam:CreateUser", Write, "user/<path><name>";
    UpdateUser = "iam:UpdateUser", Write, "user/<path><name>";
    /// Disables or enables a user.
    SetUserStatus = "iam:SetUserStatus", Write, "user/<path><name>";
    DeleteUser = "iam:DeleteUser", Write, "user/<path><name>";
    TagUser = "iam:TagUser", Write, "user/<path><name>";
    UntagUser = "iam:UntagUser", Write, "user/<path><name>";
    GetLoginProfile = "iam:GetLoginProfile", Read, "user/<path><name>";
    CreateLoginProfile = "iam:CreateLoginProfile", Write, "user/<path><name>";
    UpdateLoginProfile = "iam:UpdateLoginProfile", Write, "user/<path><name>";
    DeleteLoginProfile = "iam:DeleteLoginProfile", Write, "user/<path><name>";
    ListGroups = "iam:ListGroups", Read, "group/";
    GetGroup = "iam:GetGroup", Read, "group/<path><name>";
    CreateGroup = "iam:CreateGroup", Write, "group/<path><name>";
    UpdateGroup = "iam:UpdateGroup", Write, "group/<path><name>";
    DeleteGroup = "iam:DeleteGroup", Write, "group/<path><name>";
    TagGroup = "iam:TagGroup", Write, "group/<path><name>";
    UntagGroup = "iam:UntagGroup", Write, "group/<path><name>";
    AddUserToGroup = "iam:AddUserToGroup", Write, "group/<path><name>";
    RemoveUserFromGroup = "iam:RemoveUserFromGroup", Write, "group/<path><name>";
    ListRoles = "iam:ListRoles", Read, "role/";
    GetRole = "iam:GetRole", Read, "role/<path><name>";
    CreateRole = "iam:CreateRole", Write, "role/<path><name>";
    UpdateRole = "iam:UpdateRole", Write, "role/<path><name>";
    UpdateAssumeRolePolicy = "iam:UpdateAssumeRolePolicy", Write, "role/<path><name>";
    DeleteRole = "iam:DeleteRole", Write, "role/<path><name>";
    TagRole = "iam:TagRole", Write, "role/<path><name>";
    UntagRole = "iam:UntagRole", Write, "role/<path><name>";
    ListPolicies = "iam:ListPolicies", Read, "policy/";
    GetPolicy = "iam:GetPolicy", Read, "policy/<path><name>";
    CreatePolicy = "iam:CreatePolicy", Write, "policy/<path><name>";
    UpdatePolicy = "iam:UpdatePolicy", Write, "policy/<path><name>";
    DeletePolicy = "iam:DeletePolicy", Write, "policy/<path><name>";
    CreatePolicyVersion = "iam:CreatePolicyVersion", Write, "policy/<path><name>";
    SetDefaultPolicyVersion = "iam:SetDefaultPolicyVersion", Write, "policy/<path><name>";
    DeletePolicyVersion = "iam:DeletePolicyVersion", Write, "policy/<path><name>";
    TagPolicy = "iam:TagPolicy", Write, "policy/<path><name>";
    UntagPolicy = "iam:UntagPolicy", Write, "policy/<path><name>";
    AttachUserPolicy = "iam:AttachUserPolicy", Write, "user/<path><name>";
    DetachUserPolicy = "iam:DetachUserPolicy", Write, "user/<path><name>";
    PutUserPolicy = "iam:PutUserPolicy", Write, "user/<path><name>";
    DeleteUserPolicy = "iam:DeleteUserPolicy", Write, "user/<path><name>";
    PutUserPermissionsBoundary = "iam:PutUserPermissionsBoundary", Write, "user/<path><name>";
    DeleteUserPermissionsBoundary = "iam:DeleteUserPermissionsBoundary", Write, "user/<path><name>";
    AttachGroupPolicy = "iam:AttachGroupPolicy", Write, "group/<path><name>";
    DetachGroupPolicy = "iam:DetachGroupPolicy", Write, "group/<path><name>";
    PutGroupPolicy = "iam:PutGroupPolicy", Write, "group/<path><name>";
    DeleteGroupPolicy = "iam:DeleteGroupPolicy", Write, "group/<path><name>";
    AttachRolePolicy = "iam:AttachRolePolicy", Write, "role/<path><name>";
    DetachRolePolicy = "iam:DetachRolePolicy", Write, "role/<path><name>";
    PutRolePolicy = "iam:PutRolePolicy", Write, "role/<path><name>";
    DeleteRolePolicy = "iam:DeleteRolePolicy", Write, "role/<path><name>";
    PutRolePermissionsBoundary = "iam:PutRolePermissionsBoundary", Write, "role/<path><name>";
    DeleteRolePermissionsBoundary = "iam:DeleteRolePermissionsBoundary", Write, "role/<path><name>";
    ListPermissionSets = "sso:ListPermissionSets", Read, "permission-set/";
    DescribePermissionSet = "sso:DescribePermissionSet", Read, "permission-set/<name>";
    CreatePermissionSet = "sso:CreatePermissionSet", Write, "permission-set/<name>";
    UpdatePermissionSet = "sso:UpdatePermissionSet", Write, "permission-set/<name>";
    DeletePermissionSet = "sso:DeletePermissionSet", Write, "permission-set/<name>";
    AttachManagedPolicyToPermissionSet = "sso:AttachManagedPolicyToPermissionSet", Write, "permission-set/<name>";
    DetachManagedPolicyFromPermissionSet = "sso:DetachManagedPolicyFromPermissionSet", Write, "permission-set/<name>";
    PutInlinePolicyToPermissionSet = "sso:PutInlinePolicyToPermissionSet", Write, "permission-set/<name>";
    DeleteInlinePolicyFromPermissionSet = "sso:DeleteInlinePolicyFromPermissionSet", Write, "permission-set/<name>";
    PutPermissionsBoundaryToPermissionSet = "sso:PutPermissionsBoundaryToPermissionSet", Write, "permission-set/<name>";
    DeletePermissionsBoundaryFromPermissionSet = "sso:DeletePermissionsBoundaryFromPermissionSet", Write, "permission-set/<name>";
    ListAccountAssignments = "sso:ListAccountAssignments", Read, "assignment/";
    CreateAccountAssignment = "sso:CreateAccountAssignment", Write, "assignment/<set>";
    DeleteAccountAssignment = "sso:DeleteAccountAssignment", Write, "assignment/<set>";
    GetTenant = "tenant:GetTenant", Read, "tenant/<path>";
    ListTenants = "tenant:ListTenants", Read, "tenant/<path>";
    CreateTenant = "tenant:CreateTenant", Write, "tenant/<path>";
    UpdateTenant = "tenant:UpdateTenant", Write, "tenant/<path>";
    MoveTenant = "tenant:MoveTenant", Write, "tenant/<path>";
    SuspendTenant = "tenant:SuspendTenant", Write, "tenant/<path>";
    ResumeTenant = "tenant:ResumeTenant", Write, "tenant/<path>";
    DeleteTenant = "tenant:DeleteTenant", Write, "tenant/<path>";
    ListGuardrails = "tenant:ListGuardrails", Read, "tenant/<path>";
    PutGuardrail = "tenant:PutGuardrail", Write, "tenant/<path>";
    DeleteGuardrail = "tenant:DeleteGuardrail", Write, "tenant/<path>";
    ListEvents = "audit:ListEvents", Read, "event/";
    GetEvent = "audit:GetEvent", Read, "event/";
    ExportEvents = "audit:ExportEvents", Write, "event/";
    ListBin = "console:ListBin", Read, "bin/";
    RestoreFromBin = "console:RestoreFromBin", Write, "bin/";
    ListSessions = "console:ListSessions", Read, "user/<path><name>";
    RevokeSessions = "console:RevokeSessions", Write, "user/<path><name>";
    ImportAccount = "console:ImportAccount", Write, "import/";
    ExportData = "console:ExportData", Write, "export/";
}

impl Action {
    /// Whether it only reads.
    pub const fn is_read(self) -> bool {
        matches!(self.effect(), Effect::Read)
    }

    /// The engine's form.
    pub fn to_policy(self) -> policy::Action {
        policy::Action::new(self.as_str()).expect("every name in the table is service:Name")
    }

    /// The action of that name, without case.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str().eq_ignore_ascii_case(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_well_formed_and_unique() {
        let mut names: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
        for action in Action::ALL {
            assert_eq!(action.to_policy().lower(), action.as_str().to_ascii_lowercase());
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Action::ALL.len());
    }

    #[test]
    fn what_only_reads_says_so_in_its_name() {
        for action in Action::ALL {
            let verb = action.as_str().split(':').nth(1).unwrap_or_default();
            let reads = ["List", "Get", "Describe"].iter().any(|prefix| verb.starts_with(prefix));
            assert_eq!(action.is_read(), reads, "{}", action.as_str());
        }
    }
}
