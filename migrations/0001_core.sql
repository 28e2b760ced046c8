-- Tenants, identities, permission sets, records. See README.md for the rules of migrations and the list of functions
-- that cross tenants. The roles wami_app and wami_session exist before this runs.
-- The keys by which a table is looked up most are added last, and the primary key of an entity leads with its id. Where the
-- planner knows nothing yet (an empty table, a tenant that grew within one transaction) all indexes that lead with
-- tenant_id look alike, it takes the youngest, and that plan may be kept while 100,000 users come in.

create extension if not exists pg_trgm;
create extension if not exists btree_gin;

-- Tenants ---------------------------------------------------------------------------------------------------------

-- The root, every path on the way, and the path itself.
create function wami_lineage(p_path text) returns text[]
    language plpgsql immutable parallel safe as $$
declare
    v_parts text[] := string_to_array(p_path, '.');
    v_path text := v_parts[1];
    v_lineage text[] := array['root'];
begin
    if p_path = 'root' then
        return v_lineage;
    end if;
    v_lineage := v_lineage || v_path;
    for n in 2 .. array_length(v_parts, 1) loop
        v_path := v_path || '.' || v_parts[n];
        v_lineage := v_lineage || v_path;
    end loop;
    return v_lineage;
end
$$;

create table tenants (
    id uuid not null constraint tenants_pkey primary key,
    parent_id uuid constraint tenants_parent_id_fkey references tenants (id),
    path text collate "C" not null constraint tenants_path_key unique,
    -- The key by which a subtree is one range: empty for the root, else the path and a dot.
    tree text collate "C" not null generated always as (case when parent_id is null then '' else path || '.' end) stored
        constraint tenants_tree_key unique,
    slug text collate "C" not null constraint tenants_slug_check check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    depth integer not null constraint tenants_depth_check check (depth between 0 and 10),
    display_name text not null constraint tenants_display_name_check check (length(display_name) between 1 and 128),
    -- In the order of bytes, in which the path is, letters beyond ASCII have no case.
    search_key text not null generated always as (lower((path || ' ' || display_name) collate "default")) stored,
    account_id text not null constraint tenants_account_id_key unique
        constraint tenants_account_id_check check (account_id ~ '^[0-9]{12}$'),
    status text not null default 'active' constraint tenants_status_check check (status in ('active', 'suspended')),
    allow_all_guardrail boolean not null default true,
    -- The ids from the root to the tenant itself. Kept by a trigger: the application cannot write it.
    lineage uuid[] not null default '{}',
    created_at timestamptz not null,
    updated_at timestamptz not null,
    row_version bigint not null default 1,
    constraint tenants_root_check check ((parent_id is null) = (path = 'root') and (parent_id is null) = (depth = 0))
);
comment on table tenants is 'One node of the tree. Exactly one row has no parent.';
create unique index tenants_one_root_key on tenants ((true)) where parent_id is null;
create unique index tenants_parent_id_slug_key on tenants (parent_id, slug);
create index tenants_parent_id_created_at_idx on tenants (parent_id, created_at, id);
create index tenants_search_key_idx on tenants using gin (search_key gin_trgm_ops);

create table tenant_former_paths (
    path text collate "C" not null constraint tenant_former_paths_pkey primary key,
    tenant_id uuid not null constraint tenant_former_paths_tenant_id_fkey references tenants (id) on delete cascade,
    since timestamptz not null
);
comment on table tenant_former_paths is 'A path that a tenant had before a move; it leads to the tenant until another takes it.';
create index tenant_former_paths_tenant_id_idx on tenant_former_paths (tenant_id);

create table tenant_counts (
    tenant_id uuid not null constraint tenant_counts_tenant_id_fkey references tenants (id) on delete cascade,
    kind text collate "C" not null,
    number bigint not null,
    constraint tenant_counts_pkey primary key (tenant_id, kind)
);
comment on table tenant_counts is 'How many of a kind (a table''s name) a tenant has. Maintained by triggers.';

create table tenant_provider_accounts (
    tenant_id uuid not null constraint tenant_provider_accounts_tenant_id_fkey references tenants (id) on delete cascade,
    provider text not null,
    account_id text not null,
    constraint tenant_provider_accounts_pkey primary key (tenant_id, provider, account_id)
);
comment on table tenant_provider_accounts is 'A cloud account that a tenant''s imported entities come from.';

-- Documents -------------------------------------------------------------------------------------------------------

create table documents (
    hash bytea not null constraint documents_pkey primary key constraint documents_hash_check check (length(hash) = 32),
    text text not null
);
comment on table documents is 'The exact text of a policy document, once per content (SHA-256). Reached through functions only.';

create table guardrails (
    tenant_id uuid not null constraint guardrails_tenant_id_fkey references tenants (id) on delete cascade,
    name text not null constraint guardrails_name_check check (length(name) between 1 and 128),
    -- The name in lower case, written by the program: names of any script fold the same in every store and locale.
    name_key text collate "C" not null,
    document_hash bytea not null constraint guardrails_document_hash_fkey references documents (hash),
    created_at timestamptz not null,
    constraint guardrails_pkey primary key (tenant_id, name_key)
);
comment on table guardrails is 'A policy on a tenant that bounds it and everything below.';

-- Identities ------------------------------------------------------------------------------------------------------

create table policies (
    tenant_id uuid not null constraint policies_tenant_id_fkey references tenants (id),
    id uuid not null,
    policy_name text not null constraint policies_policy_name_check check (policy_name ~ '^[A-Za-z0-9_+=,.@-]{1,128}$'),
    name_key text collate "C" not null generated always as (lower(policy_name collate "C")) stored,
    policy_id text not null,
    arn text not null,
    wami_arn text not null,
    path text collate "C" not null,
    description text constraint policies_description_check check (length(description) <= 1000),
    search_key text not null generated always as (lower(policy_name || ' ' || coalesce(description, ''))) stored,
    is_aws_managed boolean not null generated always as (starts_with(arn, 'arn:aws:iam::aws:policy/')) stored,
    is_attachable boolean not null,
    -- Null while the document is unknown.
    default_version_no integer,
    next_version_no integer not null,
    create_date timestamptz not null,
    update_date timestamptz not null,
    row_version bigint not null default 1,
    updated_at timestamptz not null
);
comment on table policies is 'A managed policy. Its documents are in policy_versions.';
create unique index policies_tenant_id_name_key on policies (tenant_id, name_key) where not is_aws_managed;
create unique index policies_tenant_id_wami_arn_key on policies (tenant_id, wami_arn) where not is_aws_managed;
create index policies_by_name_idx on policies (tenant_id, name_key, id);
create index policies_by_created_idx on policies (tenant_id, create_date, id);
create index policies_search_key_idx on policies using gin (tenant_id, search_key gin_trgm_ops);
alter table policies
    add constraint policies_tenant_id_policy_id_key unique (tenant_id, policy_id),
    add constraint policies_tenant_id_arn_key unique (tenant_id, arn),
    add constraint policies_pkey primary key (id, tenant_id);

create table policy_versions (
    tenant_id uuid not null,
    policy_id uuid not null,
    version_no integer not null constraint policy_versions_version_no_check check (version_no >= 1),
    document_hash bytea not null constraint policy_versions_document_hash_fkey references documents (hash),
    create_date timestamptz not null,
    constraint policy_versions_policy_id_fkey foreign key (tenant_id, policy_id) references policies (tenant_id, id)
        on delete cascade on update cascade
);
comment on table policy_versions is 'One saved document of a managed policy.';
alter table policy_versions
    add constraint policy_versions_pkey primary key (tenant_id, policy_id, version_no);
alter table policies add constraint policies_default_version_no_fkey
    foreign key (tenant_id, id, default_version_no) references policy_versions (tenant_id, policy_id, version_no)
    deferrable initially deferred;

create table users (
    tenant_id uuid not null constraint users_tenant_id_fkey references tenants (id),
    id uuid not null,
    user_name text not null constraint users_user_name_check check (user_name ~ '^[A-Za-z0-9_+=,.@-]{1,64}$'),
    name_key text collate "C" not null generated always as (lower(user_name collate "C")) stored,
    user_id text not null,
    arn text not null,
    wami_arn text not null,
    path text collate "C" not null,
    boundary_policy_id uuid,
    enabled boolean not null default true,
    display_name text constraint users_display_name_check check (length(display_name) between 1 and 128),
    email text constraint users_email_check check (length(email) between 3 and 254),
    search_key text not null
        generated always as (lower(user_name || ' ' || coalesce(display_name, '') || ' ' || coalesce(email, ''))) stored,
    create_date timestamptz not null,
    password_last_used timestamptz,
    -- Sorts those that never signed in after all others.
    last_used_key timestamptz not null generated always as (coalesce(password_last_used, 'infinity'::timestamptz)) stored,
    row_version bigint not null default 1,
    updated_at timestamptz not null,
    constraint users_boundary_policy_id_fkey foreign key (tenant_id, boundary_policy_id) references policies (tenant_id, id)
);
comment on table users is 'A person or programme with an identity of its own.';
create index users_by_created_idx on users (tenant_id, create_date, id);
create index users_by_last_used_idx on users (tenant_id, last_used_key, id);
create index users_path_idx on users (tenant_id, path);
create index users_boundary_policy_id_idx on users (tenant_id, boundary_policy_id) where boundary_policy_id is not null;
create index users_search_key_idx on users using gin (tenant_id, search_key gin_trgm_ops);
alter table users
    add constraint users_tenant_id_user_id_key unique (tenant_id, user_id),
    add constraint users_tenant_id_wami_arn_key unique (tenant_id, wami_arn),
    add constraint users_tenant_id_arn_key unique (tenant_id, arn),
    add constraint users_tenant_id_name_key unique (tenant_id, name_key),
    add constraint users_pkey primary key (id, tenant_id);

create table login_profiles (
    tenant_id uuid not null,
    user_id uuid not null,
    password_hash text not null,
    password_reset_required boolean not null,
    create_date timestamptz not null,
    changed_at timestamptz not null,
    constraint login_profiles_pkey primary key (tenant_id, user_id),
    constraint login_profiles_user_id_fkey foreign key (tenant_id, user_id) references users (tenant_id, id)
);
comment on table login_profiles is 'The password of a user (argon2id).';

create table groups (
    tenant_id uuid not null constraint groups_tenant_id_fkey references tenants (id),
    id uuid not null,
    group_name text not null constraint groups_group_name_check check (group_name ~ '^[A-Za-z0-9_+=,.@-]{1,128}$'),
    name_key text collate "C" not null generated always as (lower(group_name collate "C")) stored,
    search_key text not null generated always as (lower(group_name)) stored,
    group_id text not null,
    arn text not null,
    wami_arn text not null,
    path text collate "C" not null,
    create_date timestamptz not null,
    row_version bigint not null default 1,
    updated_at timestamptz not null
);
comment on table groups is 'A set of users of one tenant.';
create index groups_by_created_idx on groups (tenant_id, create_date, id);
create index groups_search_key_idx on groups using gin (tenant_id, search_key gin_trgm_ops);
alter table groups
    add constraint groups_tenant_id_group_id_key unique (tenant_id, group_id),
    add constraint groups_tenant_id_wami_arn_key unique (tenant_id, wami_arn),
    add constraint groups_tenant_id_arn_key unique (tenant_id, arn),
    add constraint groups_tenant_id_name_key unique (tenant_id, name_key),
    add constraint groups_pkey primary key (id, tenant_id);

create table group_members (
    tenant_id uuid not null,
    group_id uuid not null,
    user_id uuid not null,
    added_at timestamptz not null,
    constraint group_members_group_id_fkey foreign key (tenant_id, group_id) references groups (tenant_id, id),
    constraint group_members_user_id_fkey foreign key (tenant_id, user_id) references users (tenant_id, id)
);
comment on table group_members is 'A user is a member of a group.';
create index group_members_user_id_idx on group_members (tenant_id, user_id, group_id);
alter table group_members
    add constraint group_members_pkey primary key (tenant_id, group_id, user_id);

create table roles (
    tenant_id uuid not null constraint roles_tenant_id_fkey references tenants (id),
    id uuid not null,
    role_name text not null constraint roles_role_name_check check (role_name ~ '^[A-Za-z0-9_+=,.@-]{1,64}$'),
    name_key text collate "C" not null generated always as (lower(role_name collate "C")) stored,
    role_id text not null,
    arn text not null,
    wami_arn text not null,
    path text collate "C" not null,
    description text constraint roles_description_check check (length(description) <= 1000),
    search_key text not null generated always as (lower(role_name || ' ' || coalesce(description, ''))) stored,
    trust_document_hash bytea not null constraint roles_trust_document_hash_fkey references documents (hash),
    max_session_duration integer
        constraint roles_max_session_duration_check check (max_session_duration between 3600 and 43200),
    boundary_policy_id uuid,
    last_used_date timestamptz,
    last_used_key timestamptz not null generated always as (coalesce(last_used_date, 'infinity'::timestamptz)) stored,
    last_used_region text,
    instance_profiles text[] not null default '{}',
    create_date timestamptz not null,
    row_version bigint not null default 1,
    updated_at timestamptz not null,
    constraint roles_boundary_policy_id_fkey foreign key (tenant_id, boundary_policy_id) references policies (tenant_id, id)
);
comment on table roles is 'An identity that others assume for a while.';
create index roles_by_created_idx on roles (tenant_id, create_date, id);
create index roles_by_last_used_idx on roles (tenant_id, last_used_key, id);
create index roles_boundary_policy_id_idx on roles (tenant_id, boundary_policy_id) where boundary_policy_id is not null;
create index roles_search_key_idx on roles using gin (tenant_id, search_key gin_trgm_ops);
alter table roles
    add constraint roles_tenant_id_role_id_key unique (tenant_id, role_id),
    add constraint roles_tenant_id_wami_arn_key unique (tenant_id, wami_arn),
    add constraint roles_tenant_id_arn_key unique (tenant_id, arn),
    add constraint roles_tenant_id_name_key unique (tenant_id, name_key),
    add constraint roles_pkey primary key (id, tenant_id);

-- Permission sets and assignments ---------------------------------------------------------------------------------

create table permission_sets (
    tenant_id uuid not null constraint permission_sets_tenant_id_fkey references tenants (id),
    id uuid not null,
    name text not null constraint permission_sets_name_check check (name ~ '^[A-Za-z0-9_+=,.@ -]{1,32}$'),
    name_key text collate "C" not null generated always as (lower(name collate "C")) stored,
    arn text not null,
    wami_arn text not null,
    description text constraint permission_sets_description_check check (length(description) <= 700),
    search_key text not null generated always as (lower(name || ' ' || coalesce(description, ''))) stored,
    session_seconds integer not null
        constraint permission_sets_session_seconds_check check (session_seconds between 3600 and 43200),
    relay_state text constraint permission_sets_relay_state_check check (length(relay_state) <= 240),
    requires_elevation boolean not null default false,
    is_builtin boolean not null default false,
    boundary_policy_id uuid,
    create_date timestamptz not null,
    row_version bigint not null default 1,
    updated_at timestamptz not null,
    constraint permission_sets_boundary_policy_id_fkey
        foreign key (tenant_id, boundary_policy_id) references policies (tenant_id, id)
);
comment on table permission_sets is 'What an assigned principal may do; usable in its tenant and in everything below.';
create index permission_sets_by_created_idx on permission_sets (tenant_id, create_date, id);
create index permission_sets_search_key_idx on permission_sets using gin (tenant_id, search_key gin_trgm_ops);
alter table permission_sets
    add constraint permission_sets_tenant_id_arn_key unique (tenant_id, arn),
    add constraint permission_sets_tenant_id_name_key unique (tenant_id, name_key),
    add constraint permission_sets_pkey primary key (id, tenant_id);

create table assignments (
    tenant_id uuid not null constraint assignments_tenant_id_fkey references tenants (id),
    id uuid not null,
    set_tenant_id uuid not null,
    set_id uuid not null,
    principal_tenant_id uuid not null,
    user_id uuid,
    group_id uuid,
    reach text not null constraint assignments_reach_check check (reach in ('tenant', 'subtree')),
    expires_at timestamptz,
    create_date timestamptz not null,
    created_by uuid,
    constraint assignments_principal_check check ((user_id is null) <> (group_id is null)),
    constraint assignments_set_id_fkey foreign key (set_tenant_id, set_id) references permission_sets (tenant_id, id),
    constraint assignments_user_id_fkey
        foreign key (principal_tenant_id, user_id) references users (tenant_id, id) on delete cascade,
    constraint assignments_group_id_fkey
        foreign key (principal_tenant_id, group_id) references groups (tenant_id, id) on delete cascade
);
comment on table assignments is 'A principal may act in this tenant (and below, with reach subtree) as a permission set says.';
create unique index assignments_user_key on assignments (tenant_id, set_id, user_id) where user_id is not null;
create unique index assignments_group_key on assignments (tenant_id, set_id, group_id) where group_id is not null;
create index assignments_by_created_idx on assignments (tenant_id, create_date, id);
create index assignments_user_id_idx on assignments (principal_tenant_id, user_id, tenant_id) where user_id is not null;
create index assignments_group_id_idx on assignments (principal_tenant_id, group_id, tenant_id) where group_id is not null;
create index assignments_set_id_idx on assignments (set_tenant_id, set_id);
alter table assignments
    add constraint assignments_pkey primary key (tenant_id, id);

-- What hangs on users, groups, roles, policies and permission sets: the same three tables for each owner, so that every
-- foreign key is a real one.

do $$
declare owner record;
begin
    for owner in
        select * from (values ('user', 'users'), ('group', 'groups'), ('role', 'roles'), ('permission_set', 'permission_sets'))
            as owners (kind, owners)
    loop
        execute format($sql$
            create table %1$s_policies (
                tenant_id uuid not null,
                owner_id uuid not null,
                policy_id uuid not null,
                attached_at timestamptz not null,
                constraint %1$s_policies_owner_id_fkey foreign key (tenant_id, owner_id) references %2$s (tenant_id, id),
                constraint %1$s_policies_policy_id_fkey foreign key (tenant_id, policy_id) references policies (tenant_id, id)
            );
            comment on table %1$s_policies is 'A managed policy is attached to a %1$s.';
            create index %1$s_policies_policy_id_idx on %1$s_policies (tenant_id, policy_id, owner_id);
            alter table %1$s_policies add constraint %1$s_policies_pkey primary key (tenant_id, owner_id, policy_id);
            create table %1$s_inline_policies (
                tenant_id uuid not null,
                owner_id uuid not null,
                policy_name text not null
                    constraint %1$s_inline_policies_policy_name_check check (policy_name ~ '^[A-Za-z0-9_+=,.@-]{1,128}$'),
                document_hash bytea not null constraint %1$s_inline_policies_document_hash_fkey references documents (hash),
                constraint %1$s_inline_policies_pkey primary key (tenant_id, owner_id, policy_name),
                constraint %1$s_inline_policies_owner_id_fkey foreign key (tenant_id, owner_id) references %2$s (tenant_id, id)
            );
            comment on table %1$s_inline_policies is 'A policy that is part of a %1$s.';
        $sql$, owner.kind, owner.owners);
    end loop;
    for owner in
        select * from (values ('user', 'users'), ('group', 'groups'), ('role', 'roles'), ('policy', 'policies'),
            ('permission_set', 'permission_sets')) as owners (kind, owners)
    loop
        execute format($sql$
            create table %1$s_tags (
                tenant_id uuid not null,
                owner_id uuid not null,
                key text not null constraint %1$s_tags_key_check check (length(key) between 1 and 128),
                -- The key in lower case, written by the program: see guardrails.
                key_key text collate "C" not null,
                value text not null constraint %1$s_tags_value_check check (length(value) <= 256),
                constraint %1$s_tags_owner_id_fkey
                    foreign key (tenant_id, owner_id) references %2$s (tenant_id, id) on delete cascade on update cascade
            );
            comment on table %1$s_tags is 'A tag of a %1$s.';
            create index %1$s_tags_key_value_idx on %1$s_tags (tenant_id, key_key, value, owner_id);
            alter table %1$s_tags add constraint %1$s_tags_pkey primary key (tenant_id, owner_id, key_key);
        $sql$, owner.kind, owner.owners);
    end loop;
end
$$;

-- Provider configurations of entities, any kind. No foreign key: rows are written and removed with their entity.
create table resource_providers (
    tenant_id uuid not null constraint resource_providers_tenant_id_fkey references tenants (id),
    owner_id uuid not null,
    provider_name text not null,
    account_id text not null,
    native_arn text not null,
    synced_at timestamptz not null,
    constraint resource_providers_pkey primary key (tenant_id, owner_id, provider_name, account_id)
);
comment on table resource_providers is 'A cloud provider that knows an entity too.';

-- Records ---------------------------------------------------------------------------------------------------------

create table audit_events (
    tenant_id uuid not null,
    id uuid not null,
    at timestamptz not null,
    actor_tenant_id uuid,
    actor_tenant_path text,
    actor_id uuid,
    actor_name text,
    acting_as text[] not null,
    source_ip text,
    request_id text not null,
    action text collate "C" not null,
    target_kind text not null,
    target_id uuid,
    target_name text not null,
    target_arn text not null,
    outcome text not null constraint audit_events_outcome_check check (outcome in ('success', 'refused', 'failed')),
    reason text,
    before jsonb,
    after jsonb,
    parts jsonb not null default '[]',
    search_key text not null generated always as (lower(coalesce(actor_name, '') || ' ' || target_name)) stored,
    -- The order in which the sealer links events into the chain.
    committed_by xid8 not null default pg_current_xact_id()
);
comment on table audit_events is 'One thing that happened. Rows are only ever added; no foreign key, since it outlives what it tells of.';
create index audit_events_target_idx on audit_events (tenant_id, target_kind, target_id, id);
create index audit_events_target_name_idx on audit_events (tenant_id, target_name, id);
create index audit_events_actor_name_idx on audit_events (tenant_id, actor_name, id);
create index audit_events_action_idx on audit_events (tenant_id, action, id);
create index audit_events_search_key_idx on audit_events using gin (tenant_id, search_key gin_trgm_ops);
create index audit_events_request_id_idx on audit_events (tenant_id, request_id);
create index audit_events_outcome_idx on audit_events (tenant_id, outcome, id) where outcome <> 'success';
alter table audit_events
    add constraint audit_events_pkey primary key (tenant_id, id);

create table bin_items (
    tenant_id uuid not null constraint bin_items_tenant_id_fkey references tenants (id),
    id uuid not null,
    kind text not null,
    object_id uuid not null,
    name text not null,
    name_key text collate "C" not null generated always as (lower(name)) stored,
    deleted_at timestamptz not null,
    deleted_by text not null,
    purge_at timestamptz not null,
    object jsonb not null,
    relations jsonb not null
);
comment on table bin_items is 'A deleted object that can be brought back until purge_at.';
create index bin_items_by_deleted_idx on bin_items (tenant_id, deleted_at, id);
create index bin_items_purge_at_idx on bin_items (purge_at);
alter table bin_items
    add constraint bin_items_pkey primary key (tenant_id, id);

-- Most tenants are small and a few are very large. The planner must think of any of them as large: an index that finds
-- the tenant alone is then never taken for one that finds the row. (Of the counters each has a handful.)
do $$
declare
    scoped text;
begin
    for scoped in select table_name from information_schema.columns where table_schema = 'public' and column_name = 'tenant_id'
        and table_name <> 'tenant_counts'
    loop
        execute format('alter table %I alter column tenant_id set (n_distinct = 20)', scoped);
    end loop;
end
$$;

-- Counters --------------------------------------------------------------------------------------------------------

create function wami_count_rows() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        insert into tenant_counts (tenant_id, kind, number)
            select c.tenant_id, tg_table_name, count(*) from changed c group by c.tenant_id order by c.tenant_id
            on conflict (tenant_id, kind) do update set number = tenant_counts.number + excluded.number;
    else
        update tenant_counts n set number = n.number - d.number
            from (select c.tenant_id, count(*) as number from changed c group by c.tenant_id) d
            where n.tenant_id = d.tenant_id and n.kind = tg_table_name;
    end if;
    return null;
end
$$;

do $$
declare
    counted text;
begin
    foreach counted in array array['users', 'groups', 'roles', 'policies', 'permission_sets', 'assignments'] loop
        execute format('create trigger %1$s_count_insert after insert on %1$s referencing new table as changed
            for each statement execute function wami_count_rows()', counted);
        execute format('create trigger %1$s_count_delete after delete on %1$s referencing old table as changed
            for each statement execute function wami_count_rows()', counted);
    end loop;
end
$$;

-- Lineage and former paths ----------------------------------------------------------------------------------------

-- A tenant's lineage follows its path, and a path that it leaves leads to it until another tenant takes it.
create function wami_follow_paths() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_moved uuid[];
begin
    if tg_op = 'INSERT' then
        v_moved := array(select n.id from now_is n);
    else
        v_moved := array(select n.id from was o join now_is n on n.id = o.id where o.path <> n.path);
        insert into tenant_former_paths (path, tenant_id, since)
            select o.path, o.id, n.updated_at from was o join now_is n on n.id = o.id where o.path <> n.path
            on conflict (path) do update set tenant_id = excluded.tenant_id, since = excluded.since;
    end if;
    if cardinality(v_moved) > 0 then
        delete from tenant_former_paths f using tenants t where t.id = any (v_moved) and f.path = t.path;
        update tenants t
            set lineage = array(select a.id from tenants a where a.path = any (wami_lineage(t.path)) order by a.depth)
            where t.id = any (v_moved);
    end if;
    return null;
end
$$;
create trigger tenants_path_insert after insert on tenants referencing new table as now_is
    for each statement execute function wami_follow_paths();
create trigger tenants_path_update after update on tenants referencing old table as was new table as now_is
    for each statement execute function wami_follow_paths();
