-- Scopes: how a transaction comes to see one tenant, and the closed list of functions that cross tenants.
-- Every function here has a fixed search_path and gives keys and names, never documents (those have a function of their
-- own, by content address). The list is repeated in README.md, and a test compares it with the database.

-- The root, every path on the way, and the path itself.
create function wami_lineage(p_path text) returns text[]
    language sql immutable parallel safe as $$
    select case when p_path = 'root' then array['root'] else
        array['root'] || array(
            select array_to_string((string_to_array(p_path, '.'))[1:n], '.')
            from generate_series(1, array_length(string_to_array(p_path, '.'), 1)) n)
    end
$$;

-- The ids of a tenant and its ancestors.
create function wami_lineage_ids(p_tenant uuid) returns table (id uuid)
    language sql stable security definer set search_path = public, pg_temp as $$
    select a.id from tenants t join tenants a on a.path = any (wami_lineage(t.path)) where t.id = p_tenant
$$;

-- The unexpired assignments of a user (its own and its groups') that cover a tenant.
create function wami_covering_assignments(p_actor_tenant uuid, p_actor uuid, p_tenant uuid, p_now timestamptz)
    returns setof assignments
    language sql stable security definer set search_path = public, pg_temp as $$
    with target as (select id, path from tenants where id = p_tenant),
    lineage as (select t.id from tenants t, target where t.path = any (wami_lineage(target.path)))
    select a.* from assignments a
    where a.principal_tenant_id = p_actor_tenant and a.user_id = p_actor
      and a.tenant_id in (select id from lineage)
      and (a.tenant_id = p_tenant or a.reach = 'subtree')
      and (a.expires_at is null or a.expires_at > p_now)
    union all
    select a.* from assignments a
    join group_members m on m.tenant_id = a.principal_tenant_id and m.group_id = a.group_id
    where m.tenant_id = p_actor_tenant and m.user_id = p_actor
      and a.tenant_id in (select id from lineage)
      and (a.tenant_id = p_tenant or a.reach = 'subtree')
      and (a.expires_at is null or a.expires_at > p_now)
$$;

-- Sets the tenant of this transaction for row-level security.
create function wami_set_scope(p_tenant uuid, p_tree text, p_below boolean) returns void
    language sql security definer set search_path = public, pg_temp as $$
    select set_config('wami.tenant_id', p_tenant::text, true),
        set_config('wami.tree_from', p_tree, true),
        -- '/' follows '.', and chr(1) comes before every character of a slug.
        set_config('wami.tree_to',
            case when not p_below then p_tree || chr(1) when p_tree = '' then '~' else left(p_tree, -1) || '/' end, true)
$$;

-- Opens a scope for a user that lives in the tenant or has an unexpired assignment that covers it. For anybody else it
-- leaves everything unset, which is an error in every query that would see or write a row.
create function wami_enter(p_actor_tenant uuid, p_actor uuid, p_tenant uuid) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_tree text;
    v_below boolean;
begin
    select tree into v_tree from tenants where id = p_tenant;
    if not found or not exists (select from users where tenant_id = p_actor_tenant and id = p_actor and enabled) then
        return;
    end if;
    select bool_or(reach = 'subtree') into v_below
        from wami_covering_assignments(p_actor_tenant, p_actor, p_tenant, now());
    if v_below is null and p_actor_tenant <> p_tenant then
        return;
    end if;
    perform wami_set_scope(p_tenant, v_tree, coalesce(v_below, false));
end
$$;

-- Opens a scope for the system itself. Not granted to the application's role.
create function wami_enter_system(p_tenant uuid) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
declare v_tree text;
begin
    select tree into v_tree from tenants where id = p_tenant;
    if found then
        perform wami_set_scope(p_tenant, v_tree, true);
    end if;
end
$$;

create function wami_tenant_refs(p_ids uuid[])
    returns table (id uuid, path text, account_id text, display_name text, suspended boolean)
    language sql stable security definer set search_path = public, pg_temp as $$
    select t.id, t.path, t.account_id, t.display_name,
        exists (select from tenants a where a.path = any (wami_lineage(t.path)) and a.status = 'suspended')
    from tenants t where t.id = any (p_ids)
$$;

-- The id at a path; a former path counts.
create function wami_resolve(p_path text) returns uuid
    language sql stable security definer set search_path = public, pg_temp as $$
    select coalesce((select id from tenants where path = p_path),
        (select tenant_id from tenant_former_paths where path = p_path))
$$;

create function wami_sign_in_entry(p_path text, p_name_key text)
    returns table (tenant_id uuid, user_id uuid, user_name text, enabled boolean)
    language sql stable security definer set search_path = public, pg_temp as $$
    select u.tenant_id, u.id, u.user_name, u.enabled from users u
    where u.tenant_id = wami_resolve(p_path) and u.name_key = p_name_key
$$;

create function wami_user_entry(p_tenant uuid, p_user uuid)
    returns table (tenant_id uuid, user_id uuid, user_name text, enabled boolean)
    language sql stable security definer set search_path = public, pg_temp as $$
    select tenant_id, id, user_name, enabled from users where tenant_id = p_tenant and id = p_user
$$;

-- Every policy that bears on an actor in a tenant, as content addresses.
-- source: guardrail, own, group, own_boundary, set, set_boundary.
create function wami_authority(p_actor_tenant uuid, p_actor uuid, p_tenant uuid, p_now timestamptz)
    returns table (source text, depth integer, assignment_id uuid, via text, expires_at timestamptz,
        requires_elevation boolean, session_seconds integer, reach text, policy text, document_hash bytea)
    language sql stable security definer set search_path = public, pg_temp as $$
    with target as (select path from tenants where id = p_tenant),
    lineage as (select t.id, t.depth, t.allow_all_guardrail from tenants t, target where t.path = any (wami_lineage(target.path))),
    covering as (select * from wami_covering_assignments(p_actor_tenant, p_actor, p_tenant, p_now)),
    defaults as not materialized (
        select p.tenant_id, p.id, p.policy_name, v.document_hash from policies p
        left join policy_versions v on v.tenant_id = p.tenant_id and v.policy_id = p.id and v.version_no = p.default_version_no
    ),
    me as (select u.tenant_id, u.id, u.boundary_policy_id from users u
        where u.tenant_id = p_actor_tenant and u.id = p_actor and p_actor_tenant = p_tenant),
    my_groups as (select g.tenant_id, g.id, g.group_name from me
        join group_members m on m.tenant_id = me.tenant_id and m.user_id = me.id
        join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id)
    select 'guardrail', l.depth, null::uuid, null::text, null::timestamptz, false, 0, null::text, 'AllowAll', null::bytea
        from lineage l where l.allow_all_guardrail
    union all select 'guardrail', l.depth, null, null, null, false, 0, null, g.name, g.document_hash
        from lineage l join guardrails g on g.tenant_id = l.id
    union all select 'own', null, null, null, null, false, 0, null, d.policy_name, d.document_hash
        from me join user_policies a on a.tenant_id = me.tenant_id and a.owner_id = me.id
        join defaults d on d.tenant_id = a.tenant_id and d.id = a.policy_id
    union all select 'own', null, null, null, null, false, 0, null, i.policy_name, i.document_hash
        from me join user_inline_policies i on i.tenant_id = me.tenant_id and i.owner_id = me.id
    union all select 'group', null, null, g.group_name, null, false, 0, null, d.policy_name, d.document_hash
        from my_groups g join group_policies a on a.tenant_id = g.tenant_id and a.owner_id = g.id
        join defaults d on d.tenant_id = a.tenant_id and d.id = a.policy_id
    union all select 'group', null, null, g.group_name, null, false, 0, null, i.policy_name, i.document_hash
        from my_groups g join group_inline_policies i on i.tenant_id = g.tenant_id and i.owner_id = g.id
    union all select 'own_boundary', null, null, null, null, false, 0, null, d.policy_name, d.document_hash
        from me join defaults d on d.tenant_id = me.tenant_id and d.id = me.boundary_policy_id
    union all select 'set', null, c.id, s.name, c.expires_at, s.requires_elevation, s.session_seconds, c.reach, p.policy_name, p.document_hash
        from covering c join permission_sets s on s.tenant_id = c.set_tenant_id and s.id = c.set_id
        left join lateral (
            select d.policy_name, d.document_hash from permission_set_policies a
            join defaults d on d.tenant_id = a.tenant_id and d.id = a.policy_id
            where a.tenant_id = s.tenant_id and a.owner_id = s.id
            union all
            select i.policy_name, i.document_hash from permission_set_inline_policies i
            where i.tenant_id = s.tenant_id and i.owner_id = s.id
        ) p on true
    union all select 'set_boundary', null, c.id, s.name, null, false, 0, null, d.policy_name, d.document_hash
        from covering c join permission_sets s on s.tenant_id = c.set_tenant_id and s.id = c.set_id
        join defaults d on d.tenant_id = s.tenant_id and d.id = s.boundary_policy_id
$$;

-- What the members of a group are given by its assignments, in any tenant, as content addresses.
create function wami_group_grants(p_tenant uuid, p_group uuid, p_now timestamptz)
    returns table (tenant_id uuid, reach text, policy text, document_hash bytea)
    language sql stable security definer set search_path = public, pg_temp as $$
    select a.tenant_id, a.reach, p.policy_name, p.document_hash
    from assignments a join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
    join lateral (
        select q.policy_name, v.document_hash from permission_set_policies x
        join policies q on q.tenant_id = x.tenant_id and q.id = x.policy_id
        left join policy_versions v on v.tenant_id = q.tenant_id and v.policy_id = q.id and v.version_no = q.default_version_no
        where x.tenant_id = s.tenant_id and x.owner_id = s.id
        union all
        select i.policy_name, i.document_hash from permission_set_inline_policies i
        where i.tenant_id = s.tenant_id and i.owner_id = s.id
    ) p on true
    where a.principal_tenant_id = p_tenant and a.group_id = p_group and (a.expires_at is null or a.expires_at > p_now)
$$;

create function wami_documents(p_hashes bytea[]) returns table (hash bytea, text text)
    language sql stable security definer set search_path = public, pg_temp as $$
    select d.hash, d.text from documents d where d.hash = any (p_hashes)
$$;

create function wami_put_documents(p_texts text[]) returns void
    language sql security definer set search_path = public, pg_temp as $$
    insert into documents (hash, text)
    select sha256(convert_to(t, 'UTF8')), t from unnest(p_texts) t
    on conflict (hash) do nothing
$$;

-- Every way an actor has into tenants.
create function wami_my_access(p_actor_tenant uuid, p_actor uuid, p_now timestamptz)
    returns table (tenant_id uuid, set_name text, via_group text, reach text, expires_at timestamptz)
    language sql stable security definer set search_path = public, pg_temp as $$
    select p_actor_tenant, null::text, null::text, 'tenant', null::timestamptz
    union all
    select a.tenant_id, s.name, null, a.reach, a.expires_at from assignments a
    join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
    where a.principal_tenant_id = p_actor_tenant and a.user_id = p_actor and (a.expires_at is null or a.expires_at > p_now)
    union all
    select a.tenant_id, s.name, g.group_name, a.reach, a.expires_at from group_members m
    join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id
    join assignments a on a.principal_tenant_id = m.tenant_id and a.group_id = m.group_id
    join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
    where m.tenant_id = p_actor_tenant and m.user_id = p_actor and (a.expires_at is null or a.expires_at > p_now)
$$;

-- Tenants an actor has a way into, by a part of path or name (the pattern comes escaped).
create function wami_search_tenants(p_actor_tenant uuid, p_actor uuid, p_pattern text, p_limit integer, p_now timestamptz)
    returns table (path text, display_name text)
    language sql stable security definer set search_path = public, pg_temp as $$
    with mine as (
        select distinct t.tree, bool_or(x.reach = 'subtree') as below
        from wami_my_access(p_actor_tenant, p_actor, p_now) x join tenants t on t.id = x.tenant_id group by t.tree
    )
    select t.path, t.display_name from tenants t
    where t.search_key like p_pattern
      and exists (select from mine m where t.tree = m.tree or (m.below and starts_with(t.tree, m.tree)))
    order by t.path limit p_limit
$$;

-- Enabled users with a password who hold the built-in set Administrator on a tenant, directly or by a group.
create function wami_count_administrators(p_tenant uuid, p_now timestamptz) returns bigint
    language sql stable security definer set search_path = public, pg_temp as $$
    with target as (select path from tenants where id = p_tenant),
    lineage as (select t.id from tenants t, target where t.path = any (wami_lineage(target.path))),
    held as (
        select a.principal_tenant_id, a.user_id, a.group_id from assignments a
        join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
        where s.is_builtin and s.name = 'Administrator' and a.tenant_id in (select id from lineage)
          and (a.tenant_id = p_tenant or a.reach = 'subtree') and (a.expires_at is null or a.expires_at > p_now)
    )
    select count(distinct u.id) from (
        select principal_tenant_id as tenant_id, user_id from held where user_id is not null
        union
        select m.tenant_id, m.user_id from held h
        join group_members m on m.tenant_id = h.principal_tenant_id and m.group_id = h.group_id
    ) holder
    join users u on u.tenant_id = holder.tenant_id and u.id = holder.user_id and u.enabled
    join login_profiles l on l.tenant_id = u.tenant_id and l.user_id = u.id
$$;

-- The permission sets that can be assigned in the tenant of this transaction.
create function wami_usable_permission_sets()
    returns table (tenant_id uuid, tenant_path text, id uuid, name text, description text)
    language sql stable security definer set search_path = public, pg_temp as $$
    with target as (select path from tenants where id = current_setting('wami.tenant_id')::uuid)
    select t.id, t.path, s.id, s.name, s.description
    from target join tenants t on t.path = any (wami_lineage(target.path))
    join permission_sets s on s.tenant_id = t.id
    order by t.depth desc, s.name_key limit 200
$$;

-- The policies of a permission set of the tenant of this transaction or of one of its ancestors, as content addresses.
-- A set without any is one row of nulls; no such set is no row.
create function wami_permission_set_documents(p_set_tenant uuid, p_set uuid) returns table (policy_name text, document_hash bytea)
    language sql stable security definer set search_path = public, pg_temp as $$
    select p.policy_name, p.document_hash
    from permission_sets s
    left join lateral (
        select q.policy_name, v.document_hash from permission_set_policies a
        join policies q on q.tenant_id = a.tenant_id and q.id = a.policy_id
        left join policy_versions v on v.tenant_id = q.tenant_id and v.policy_id = q.id and v.version_no = q.default_version_no
        where a.tenant_id = s.tenant_id and a.owner_id = s.id
        union all
        select i.policy_name, i.document_hash from permission_set_inline_policies i
        where i.tenant_id = s.tenant_id and i.owner_id = s.id
    ) p on true
    where s.tenant_id = p_set_tenant and s.id = p_set
      and s.tenant_id in (select l.id from wami_lineage_ids(current_setting('wami.tenant_id')::uuid) l)
$$;

-- A user or group of the tenant of this transaction or of one of its ancestors.
create function wami_find_principal(p_path text, p_kind text, p_name_key text) returns table (tenant_id uuid, id uuid, name text)
    language sql stable security definer set search_path = public, pg_temp as $$
    with home as (
        select h.id from tenants h join tenants t on t.id = current_setting('wami.tenant_id')::uuid
        where h.path = p_path and h.path = any (wami_lineage(t.path))
    )
    select u.tenant_id, u.id, u.user_name from users u, home
        where p_kind = 'user' and u.tenant_id = home.id and u.name_key = p_name_key
    union all
    select g.tenant_id, g.id, g.group_name from groups g, home
        where p_kind = 'group' and g.tenant_id = home.id and g.name_key = p_name_key
$$;

-- The names behind assignments of the tenant of this transaction (their principals and sets may live in ancestors).
create function wami_assignment_names(p_ids uuid[])
    returns table (id uuid, set_tenant_path text, set_name text, set_description text, principal_tenant_path text, principal_name text)
    language sql stable security definer set search_path = public, pg_temp as $$
    select a.id, st.path, s.name, s.description, pt.path, coalesce(u.user_name, g.group_name)
    from assignments a
    join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
    join tenants st on st.id = a.set_tenant_id
    join tenants pt on pt.id = a.principal_tenant_id
    left join users u on u.tenant_id = a.principal_tenant_id and u.id = a.user_id
    left join groups g on g.tenant_id = a.principal_tenant_id and g.id = a.group_id
    where a.tenant_id = current_setting('wami.tenant_id')::uuid and a.id = any (p_ids)
$$;

-- Assignments of the tenant of this transaction whose principal's or set's name holds every part (escaped patterns).
create function wami_search_assignments(p_patterns text[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp as $$
    select a.id from assignments a
    join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
    left join users u on u.tenant_id = a.principal_tenant_id and u.id = a.user_id
    left join groups g on g.tenant_id = a.principal_tenant_id and g.id = a.group_id
    where a.tenant_id = current_setting('wami.tenant_id')::uuid
      and (s.name_key || ' ' || coalesce(u.name_key, g.name_key)) like all (p_patterns)
$$;

-- Substring search under row-level security: keys only, through the trigram index; patterns come escaped.
create function wami_search_users(p_patterns text[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp as $$
    select id from users where tenant_id = current_setting('wami.tenant_id')::uuid and search_key like all (p_patterns)
$$;
create function wami_search_groups(p_patterns text[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp as $$
    select id from groups where tenant_id = current_setting('wami.tenant_id')::uuid and name_key like all (p_patterns)
$$;
create function wami_search_roles(p_patterns text[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp as $$
    select id from roles where tenant_id = current_setting('wami.tenant_id')::uuid and search_key like all (p_patterns)
$$;
create function wami_search_policies(p_patterns text[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp as $$
    select id from policies where tenant_id = current_setting('wami.tenant_id')::uuid and search_key like all (p_patterns)
$$;
create function wami_search_permission_sets(p_patterns text[]) returns setof uuid
    language sql stable security definer set search_path = public, pg_temp as $$
    select id from permission_sets where tenant_id = current_setting('wami.tenant_id')::uuid and search_key like all (p_patterns)
$$;

-- Counts of tenants within the range of this transaction (each tenant's own row of counts belongs to it).
create function wami_tenant_counts(p_ids uuid[])
    returns table (id uuid, users bigint, groups bigint, roles bigint, policies bigint, permission_sets bigint,
        assignments bigint, children bigint)
    language sql stable security definer set search_path = public, pg_temp as $$
    select t.id, coalesce(c.users, 0), coalesce(c.groups, 0), coalesce(c.roles, 0), coalesce(c.policies, 0),
        coalesce(c.permission_sets, 0), coalesce(c.assignments, 0), (select count(*) from tenants k where k.parent_id = t.id)
    from tenants t left join tenant_counts c on c.tenant_id = t.id
    where t.id = any (p_ids)
      and t.tree >= current_setting('wami.tree_from') and t.tree < current_setting('wami.tree_to')
$$;

-- Removes an empty tenant below the one of this transaction. Its foreign keys refuse one that is not empty.
create function wami_forget_tenant(p_tenant uuid) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if not exists (select from tenants where id = p_tenant and id <> current_setting('wami.tenant_id')::uuid
            and tree >= current_setting('wami.tree_from') and tree < current_setting('wami.tree_to')) then
        raise exception 'not entitled' using errcode = 'WM403';
    end if;
    delete from bin_items where tenant_id = p_tenant;
    delete from resource_providers where tenant_id = p_tenant;
    delete from tenants where id = p_tenant;
end
$$;

-- Row-level security ----------------------------------------------------------------------------------------------

do $$
declare
    scoped text;
    fn regprocedure;
begin
    -- Every table with a tenant_id is bound to the tenant of the transaction.
    for scoped in
        select c.table_name from information_schema.columns c
        join information_schema.tables t using (table_schema, table_name)
        where c.table_schema = 'public' and c.column_name = 'tenant_id' and t.table_type = 'BASE TABLE'
          and c.table_name not in ('tenant_former_paths')
    loop
        execute format('alter table %I enable row level security', scoped);
        execute format('alter table %I force row level security', scoped);
        execute format('create policy tenant_scope on %I to wami_app
            using (tenant_id = current_setting(''wami.tenant_id'')::uuid)
            with check (tenant_id = current_setting(''wami.tenant_id'')::uuid)', scoped);
        execute format('create policy owner on %I to current_user using (true) with check (true)', scoped);
        execute format('grant select, insert, update, delete on %I to wami_app', scoped);
    end loop;

    -- The tree is guarded by range.
    alter table tenants enable row level security;
    alter table tenants force row level security;
    create policy tenant_scope on tenants to wami_app
        using (tree >= current_setting('wami.tree_from') and tree < current_setting('wami.tree_to'))
        with check (tree >= current_setting('wami.tree_from') and tree < current_setting('wami.tree_to'));
    create policy owner on tenants to current_user using (true) with check (true);
    grant select, insert, update, delete on tenants to wami_app;

    alter table tenant_former_paths enable row level security;
    alter table tenant_former_paths force row level security;
    create policy tenant_scope on tenant_former_paths to wami_app
        using (tenant_id in (select id from tenants)) with check (tenant_id in (select id from tenants));
    create policy owner on tenant_former_paths to current_user using (true) with check (true);
    grant select, insert, update, delete on tenant_former_paths to wami_app;

    -- Audit is append-only for the application; counters are the triggers' business; documents are reached by function.
    revoke update, delete on audit_events from wami_app;
    revoke insert, update, delete on tenant_counts from wami_app;
    alter table documents enable row level security;
    alter table documents force row level security;
    create policy owner on documents to current_user using (true) with check (true);

    for fn in select oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace and proname like 'wami\_%' loop
        execute format('revoke all on function %s from public', fn);
        execute format('grant execute on function %s to wami_app', fn);
    end loop;
    revoke execute on function wami_enter_system(uuid) from wami_app;
    revoke execute on function wami_set_scope(uuid, text, boolean) from wami_app;
    revoke execute on function wami_covering_assignments(uuid, uuid, uuid, timestamptz) from wami_app;
    revoke execute on function wami_count_rows() from wami_app;
end
$$;
grant usage on schema public to wami_app;
