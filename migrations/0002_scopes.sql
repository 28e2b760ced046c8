-- Scopes: how a transaction comes to see one tenant, and the closed list of functions that cross tenants.
-- Every function here has a fixed search_path and gives keys and names, never documents (those have a function of their
-- own, by content address). The list is repeated in README.md, and a test compares it with the database.
-- Those asked with every request are in PL/pgSQL, which keeps its plans; in SQL they would be planned at each call, for
-- more than they take to run.

-- The ids from the root to a tenant.
create function wami_lineage_ids(p_tenant uuid) returns uuid[]
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return (select t.lineage from tenants t where t.id = p_tenant);
end
$$;

-- The unexpired assignments of a user (its own and its groups') that cover a tenant of that lineage. An assignment whose
-- set or principal no longer belongs to the tenant or to an ancestor (it was moved) counts for nothing.
-- In SQL, without an owner and a path of its own: it becomes part of the plans of the functions that ask it.
create function wami_covering_assignments(p_actor_tenant uuid, p_actor uuid, p_tenant uuid, p_lineage uuid[], p_now timestamptz)
    returns setof assignments
    language sql stable as $$
    select a.* from assignments a
    where a.principal_tenant_id = p_actor_tenant and a.user_id = p_actor and a.tenant_id = any (p_lineage)
      and (a.tenant_id = p_tenant or a.reach = 'subtree') and (a.expires_at is null or a.expires_at > p_now)
      and p_actor_tenant = any (p_lineage) and a.set_tenant_id = any (p_lineage)
    union all
    select a.* from group_members m
    join assignments a on a.principal_tenant_id = p_actor_tenant and a.group_id = m.group_id and a.tenant_id = any (p_lineage)
    where m.tenant_id = p_actor_tenant and m.user_id = p_actor
      and (a.tenant_id = p_tenant or a.reach = 'subtree') and (a.expires_at is null or a.expires_at > p_now)
      and p_actor_tenant = any (p_lineage) and a.set_tenant_id = any (p_lineage)
$$;

-- Sets the tenant of this transaction for row-level security.
create function wami_set_scope(p_tenant uuid, p_tree text, p_below boolean) returns text
    language sql as $$
    select set_config('wami.tenant_id', p_tenant::text, true)
        || set_config('wami.tree_from', p_tree, true)
        -- '/' follows '.', and chr(1) comes before every character of a slug.
        || set_config('wami.tree_to',
            case when not p_below then p_tree || chr(1) when p_tree = '' then '~' else left(p_tree, -1) || '/' end, true)
$$;

-- Opens a scope for a user that lives in the tenant or has an unexpired assignment that covers it. For anybody else it
-- raises WM403 and leaves everything unset, which is an error in every query.
create function wami_enter(p_actor_tenant uuid, p_actor uuid, p_tenant uuid) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_tree text;
    v_lineage uuid[];
    v_below boolean;
begin
    select t.tree, t.lineage into v_tree, v_lineage from tenants t, users u
        where t.id = p_tenant and u.tenant_id = p_actor_tenant and u.id = p_actor and u.enabled;
    if not found then
        raise exception 'not entitled' using errcode = 'WM403';
    end if;
    select bool_or(c.reach = 'subtree') into v_below
        from wami_covering_assignments(p_actor_tenant, p_actor, p_tenant, v_lineage, now()) c;
    if v_below is null and p_actor_tenant <> p_tenant then
        raise exception 'not entitled' using errcode = 'WM403';
    end if;
    v_tree := wami_set_scope(p_tenant, v_tree, coalesce(v_below, false));
end
$$;

-- Opens a scope for the system itself. Not granted to the application's role.
create function wami_enter_system(p_tenant uuid) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_tree text;
begin
    select t.tree into v_tree from tenants t where t.id = p_tenant;
    if not found then
        raise exception 'no such tenant' using errcode = 'WM403';
    end if;
    v_tree := wami_set_scope(p_tenant, v_tree, true);
end
$$;

create function wami_tenant_refs(p_ids uuid[])
    returns table (id uuid, path text, account_id text, display_name text, suspended boolean)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return query
        select t.id, t.path, t.account_id, t.display_name,
            exists (select from tenants a where a.id = any (t.lineage) and a.status = 'suspended')
        from tenants t where t.id = any (p_ids);
end
$$;

-- The id at a path; a former path counts until another takes it.
create function wami_resolve(p_path text) returns uuid
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return coalesce((select t.id from tenants t where t.path = p_path),
        (select f.tenant_id from tenant_former_paths f where f.path = p_path));
end
$$;

create function wami_sign_in_entry(p_path text, p_name_key text)
    returns table (tenant_id uuid, user_id uuid, user_name text, enabled boolean)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return query
        select u.tenant_id, u.id, u.user_name, u.enabled from users u
        where u.tenant_id = wami_resolve(p_path) and u.name_key = p_name_key;
end
$$;

create function wami_user_entry(p_tenant uuid, p_user uuid)
    returns table (tenant_id uuid, user_id uuid, user_name text, enabled boolean)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return query select u.tenant_id, u.id, u.user_name, u.enabled from users u where u.tenant_id = p_tenant and u.id = p_user;
end
$$;

-- The policies of a permission set, as content addresses; a set without any is one row of nulls.
create function wami_set_policies(p_tenant uuid, p_set uuid) returns table (policy_name text, document_hash bytea)
    language sql stable as $$
    select held.policy_name, held.document_hash from (select) one left join lateral (
        select p.policy_name, v.document_hash from permission_set_policies a
        join policies p on p.tenant_id = a.tenant_id and p.id = a.policy_id
        left join policy_versions v on v.tenant_id = p.tenant_id and v.policy_id = p.id and v.version_no = p.default_version_no
        where a.tenant_id = p_tenant and a.owner_id = p_set
        union all
        select i.policy_name, i.document_hash from permission_set_inline_policies i
        where i.tenant_id = p_tenant and i.owner_id = p_set
    ) held on true
$$;

-- Every policy that bears on an actor in a tenant, as content addresses.
-- source: guardrail, own, group, own_boundary, set, set_boundary.
create function wami_authority(p_actor_tenant uuid, p_actor uuid, p_tenant uuid, p_now timestamptz)
    returns table (source text, depth integer, assignment_id uuid, via text, expires_at timestamptz,
        requires_elevation boolean, session_seconds integer, reach text, policy text, document_hash bytea)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    v_lineage uuid[] := wami_lineage_ids(p_tenant);
begin
    return query
        select 'guardrail', l.depth, null::uuid, null::text, null::timestamptz, false, 0, null::text, g.name, g.document_hash
        from tenants l cross join lateral (
            select 'AllowAll' as name, null::bytea as document_hash where l.allow_all_guardrail
            union all
            select g.name, g.document_hash from guardrails g where g.tenant_id = l.id
        ) g
        where l.id = any (v_lineage);
    -- Its own policies, its boundary and its groups' policies count where it lives.
    if p_actor_tenant = p_tenant then
        return query
            with held as (
                select 'own' as source, null::text as via, a.policy_id from user_policies a
                where a.tenant_id = p_tenant and a.owner_id = p_actor
                union all
                select 'own_boundary', null, u.boundary_policy_id from users u
                where u.tenant_id = p_tenant and u.id = p_actor
                union all
                select 'group', g.group_name, a.policy_id from group_members m
                join groups g on g.tenant_id = p_tenant and g.id = m.group_id
                join group_policies a on a.tenant_id = p_tenant and a.owner_id = m.group_id
                where m.tenant_id = p_tenant and m.user_id = p_actor
            )
            select h.source, null::integer, null::uuid, h.via, null::timestamptz, false, 0, null::text, p.policy_name, v.document_hash
            from held h join policies p on p.tenant_id = p_tenant and p.id = h.policy_id
            left join policy_versions v on v.tenant_id = p_tenant and v.policy_id = p.id and v.version_no = p.default_version_no
            union all
            select 'own', null, null, null, null, false, 0, null, i.policy_name, i.document_hash from user_inline_policies i
            where i.tenant_id = p_tenant and i.owner_id = p_actor
            union all
            select 'group', null, null, g.group_name, null, false, 0, null, i.policy_name, i.document_hash from group_members m
            join groups g on g.tenant_id = p_tenant and g.id = m.group_id
            join group_inline_policies i on i.tenant_id = p_tenant and i.owner_id = m.group_id
            where m.tenant_id = p_tenant and m.user_id = p_actor;
    end if;
    return query
        select h.source, null::integer, c.id, s.name, c.expires_at, s.requires_elevation, s.session_seconds, c.reach,
            h.policy, h.document_hash
        from wami_covering_assignments(p_actor_tenant, p_actor, p_tenant, v_lineage, p_now) c
        join permission_sets s on s.tenant_id = c.set_tenant_id and s.id = c.set_id
        cross join lateral (
            select 'set' as source, p.policy_name as policy, p.document_hash from wami_set_policies(s.tenant_id, s.id) p
            union all
            select 'set_boundary', p.policy_name, v.document_hash from policies p
            left join policy_versions v on v.tenant_id = p.tenant_id and v.policy_id = p.id and v.version_no = p.default_version_no
            where p.tenant_id = s.tenant_id and p.id = s.boundary_policy_id
        ) h;
end
$$;

-- What the members of a group are given by its assignments, in any tenant, as content addresses.
create function wami_group_grants(p_tenant uuid, p_group uuid, p_now timestamptz)
    returns table (tenant_id uuid, reach text, policy text, document_hash bytea)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return query
        select a.tenant_id, a.reach, p.policy_name, p.document_hash
        from assignments a cross join lateral wami_set_policies(a.set_tenant_id, a.set_id) p
        where a.principal_tenant_id = p_tenant and a.group_id = p_group and (a.expires_at is null or a.expires_at > p_now)
          and p.policy_name is not null;
end
$$;

create function wami_documents(p_hashes bytea[]) returns table (hash bytea, text text)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return query select d.hash, d.text from documents d where d.hash = any (p_hashes);
end
$$;

create function wami_put_documents(p_texts text[]) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into documents (hash, text)
    select sha256(convert_to(t, 'UTF8')), t from unnest(p_texts) t
    on conflict (hash) do nothing;
end
$$;

-- Every way an actor has into tenants.
create function wami_my_access(p_actor_tenant uuid, p_actor uuid, p_now timestamptz)
    returns table (tenant_id uuid, set_name text, via_group text, reach text, expires_at timestamptz)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    return query
        with held as (
            select a.tenant_id, a.set_tenant_id, a.set_id, null::text as via_group, a.reach, a.expires_at from assignments a
            where a.principal_tenant_id = p_actor_tenant and a.user_id = p_actor
            union all
            select a.tenant_id, a.set_tenant_id, a.set_id, g.group_name, a.reach, a.expires_at from group_members m
            join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id
            join assignments a on a.principal_tenant_id = m.tenant_id and a.group_id = m.group_id
            where m.tenant_id = p_actor_tenant and m.user_id = p_actor
        )
        select p_actor_tenant, null::text, null::text, 'tenant', null::timestamptz
        union all
        select h.tenant_id, s.name, h.via_group, h.reach, h.expires_at from held h
        join permission_sets s on s.tenant_id = h.set_tenant_id and s.id = h.set_id
        join tenants t on t.id = h.tenant_id
        join tenants home on home.id = p_actor_tenant and starts_with(t.tree, home.tree)
        join tenants owner on owner.id = h.set_tenant_id and starts_with(t.tree, owner.tree)
        where h.expires_at is null or h.expires_at > p_now;
end
$$;

-- Tenants an actor has a way into, by a part of path or name (the pattern comes escaped).
create function wami_search_tenants(p_actor_tenant uuid, p_actor uuid, p_pattern text, p_limit integer, p_now timestamptz)
    returns table (path text, display_name text)
    language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_single uuid[];
    v_trees text[];
begin
    select array_agg(x.tenant_id) filter (where x.reach = 'tenant'), array_agg(t.tree) filter (where x.reach = 'subtree')
        into v_single, v_trees
        from wami_my_access(p_actor_tenant, p_actor, p_now) x join tenants t on t.id = x.tenant_id;
    return query
        select t.path, t.display_name from tenants t
        where t.search_key like lower(p_pattern)
          and (t.id = any (v_single) or exists (select from unnest(v_trees) m (tree) where starts_with(t.tree, m.tree)))
        order by t.path limit p_limit;
end
$$;

-- Enabled users with a password who hold the built-in set Administrator on a tenant, directly or by a group.
create function wami_count_administrators(p_tenant uuid, p_now timestamptz) returns bigint
    language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    v_lineage uuid[] := wami_lineage_ids(p_tenant);
begin
    return (
        with held as (
            select a.principal_tenant_id, a.user_id, a.group_id from assignments a
            join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
            where s.is_builtin and s.name = 'Administrator' and a.tenant_id = any (v_lineage)
              and (a.tenant_id = p_tenant or a.reach = 'subtree') and (a.expires_at is null or a.expires_at > p_now)
              and a.principal_tenant_id = any (v_lineage) and a.set_tenant_id = any (v_lineage)
        ),
        holders as (
            select h.principal_tenant_id as tenant_id, h.user_id from held h where h.user_id is not null
            union
            select m.tenant_id, m.user_id from held h
            join group_members m on m.tenant_id = h.principal_tenant_id and m.group_id = h.group_id
        )
        select count(*) from holders h
        join users u on u.tenant_id = h.tenant_id and u.id = h.user_id and u.enabled
        join login_profiles l on l.tenant_id = u.tenant_id and l.user_id = u.id
    );
end
$$;

-- The permission sets that can be assigned in the tenant of this transaction.
create function wami_usable_permission_sets()
    returns table (tenant_id uuid, tenant_path text, id uuid, name text, description text)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select t.id, t.path, s.id, s.name, s.description
        from tenants t join permission_sets s on s.tenant_id = t.id
        where t.id = any (wami_lineage_ids(current_setting('wami.tenant_id')::uuid))
        order by t.depth desc, s.name_key limit 200;
end
$$;

-- The policies of a permission set of the tenant of this transaction or of one of its ancestors, as content addresses.
-- A set without any is one row of nulls; no such set is no row.
create function wami_permission_set_documents(p_set_tenant uuid, p_set uuid) returns table (policy_name text, document_hash bytea)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return query
        select p.policy_name, p.document_hash
        from permission_sets s cross join lateral wami_set_policies(s.tenant_id, s.id) p
        where s.tenant_id = p_set_tenant and s.id = p_set
          and s.tenant_id = any (wami_lineage_ids(current_setting('wami.tenant_id')::uuid));
end
$$;

-- A user or group of the tenant of this transaction or of one of its ancestors.
create function wami_find_principal(p_path text, p_kind text, p_name_key text) returns table (tenant_id uuid, id uuid, name text)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    v_home uuid := (select t.id from tenants t
        where t.path = p_path and t.id = any (wami_lineage_ids(current_setting('wami.tenant_id')::uuid)));
begin
    return query
        select u.tenant_id, u.id, u.user_name from users u
        where p_kind = 'user' and u.tenant_id = v_home and u.name_key = p_name_key
        union all
        select g.tenant_id, g.id, g.group_name from groups g
        where p_kind = 'group' and g.tenant_id = v_home and g.name_key = p_name_key;
end
$$;

-- The names behind assignments of the tenant of this transaction (their principals and sets may live in ancestors).
create function wami_assignment_names(p_ids uuid[])
    returns table (id uuid, set_tenant_path text, set_name text, set_description text, principal_tenant_path text, principal_name text)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select a.id, st.path, s.name, s.description, pt.path, coalesce(u.user_name, g.group_name)
        from assignments a
        join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
        join tenants st on st.id = a.set_tenant_id
        join tenants pt on pt.id = a.principal_tenant_id
        left join users u on u.tenant_id = a.principal_tenant_id and u.id = a.user_id
        left join groups g on g.tenant_id = a.principal_tenant_id and g.id = a.group_id
        where a.tenant_id = current_setting('wami.tenant_id')::uuid and a.id = any (p_ids);
end
$$;

-- Assignments of the tenant of this transaction by the names behind them: each part (escaped pattern) is held, or not
-- held, by the principal's or the set's name; principal and set are whole names, where given.
create function wami_search_assignments(p_all text[], p_none text[], p_principal_key text, p_set_key text) returns setof uuid
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return query
        select a.id from assignments a
        join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
        left join users u on u.tenant_id = a.principal_tenant_id and u.id = a.user_id
        left join groups g on g.tenant_id = a.principal_tenant_id and g.id = a.group_id
        where a.tenant_id = current_setting('wami.tenant_id')::uuid
          and (coalesce(u.name_key, g.name_key) || chr(10) || s.name_key) like all (p_all)
          and (coalesce(u.name_key, g.name_key) || chr(10) || s.name_key) not like all (p_none)
          and (p_principal_key is null or coalesce(u.name_key, g.name_key) = p_principal_key)
          and (p_set_key is null or s.name_key = p_set_key);
end
$$;

-- Substring search under row-level security, within the tenant of this transaction, in users, groups, roles, policies,
-- permission_sets or audit_events; it gives keys only. Every pattern of p_all is found and none of p_none; patterns come escaped.
-- The statements are put together from a closed list of names, and planned for the patterns at hand.
create function wami_search_source(p_kind text) returns text
    language plpgsql immutable as $$
begin
    if p_kind not in ('users', 'groups', 'roles', 'policies', 'permission_sets', 'audit_events') then
        raise exception 'nothing to search in';
    end if;
    return format('%I where tenant_id = current_setting(''wami.tenant_id'')::uuid', p_kind);
end
$$;

-- The patterns, as parameters $1 and $2; a trigram index serves them only one by one.
create function wami_search_words(p_all text[], p_none text[]) returns text
    language sql immutable as $$
    select coalesce(string_agg(word, ''), '') from (
        select format(' and search_key like lower($1[%s])', n) from generate_series(1, cardinality(p_all)) n
        union all
        select format(' and search_key not like lower($2[%s])', n) from generate_series(1, cardinality(p_none)) n
    ) words (word)
$$;

create function wami_search(p_kind text, p_all text[], p_none text[]) returns setof uuid
    language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
    return query execute 'select id from ' || wami_search_source(p_kind) || wami_search_words(p_all, p_none) using p_all, p_none;
end
$$;

-- The ids of one page in the order of a key, going on after (p_key, p_id) where given. Frequent words fill it from the
-- next rows in that order; only where they do not is everything looked up that holds the words. Left to itself the
-- planner chooses between the two by a guess, and reads the whole tenant where it guessed wrong.
create function wami_search_page(p_kind text, p_all text[], p_none text[], p_sort text, p_descending boolean, p_key text, p_id uuid,
    p_limit integer) returns setof uuid
    language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    v_type text := case p_sort when 'name_key' then 'text' when 'id' then 'uuid' when 'create_date' then 'timestamptz'
        when 'last_used_key' then 'timestamptz' end;
    v_sign text := case when p_descending then '<' else '>' end;
    v_order text := case when p_descending then 'desc' else 'asc' end;
    -- A template on the column.
    v_after text := case when p_key is null then '' else
        format(' and %%1$I %1$s= $3::%2$s and (%%1$I %1$s $3::%2$s or id %1$s $4)', v_sign, v_type) end;
    v_words text := wami_search_words(p_all, p_none);
    v_ids uuid[];
begin
    if v_type is null then
        raise exception 'no such order';
    end if;
    execute format('select array(select id from (
            select id, %1$I as key, search_key from %2$s%3$s order by %1$I %4$s, id %4$s limit 5000) near
        where true%5$s order by key %4$s, id %4$s limit $5)',
        p_sort, wami_search_source(p_kind), format(v_after, p_sort), v_order, v_words)
        into v_ids using p_all, p_none, p_key, p_id, p_limit;
    if cardinality(v_ids) >= p_limit then
        return query select unnest(v_ids);
        return;
    end if;
    return query execute format('with found as materialized (select id, %1$I as key from %2$s%3$s)
        select id from found where true%4$s order by key %5$s, id %5$s limit $5',
        p_sort, wami_search_source(p_kind), v_words, format(v_after, 'key'), v_order)
        using p_all, p_none, p_key, p_id, p_limit;
end
$$;

-- How many there are, counted up to a limit.
create function wami_search_count(p_kind text, p_all text[], p_none text[], p_limit integer) returns bigint
    language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    v_count bigint;
begin
    execute format('select count(*) from (select from %s%s limit $3) found', wami_search_source(p_kind), wami_search_words(p_all, p_none))
        into v_count using p_all, p_none, p_limit;
    return v_count;
end
$$;

-- Counts of tenants within the range of this transaction (each tenant's own row of counts belongs to it).
create function wami_tenant_counts(p_ids uuid[])
    returns table (id uuid, users bigint, groups bigint, roles bigint, policies bigint, permission_sets bigint,
        assignments bigint, children bigint)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    return query
        select t.id, coalesce(c.users, 0), coalesce(c.groups, 0), coalesce(c.roles, 0), coalesce(c.policies, 0),
            coalesce(c.permission_sets, 0), coalesce(c.assignments, 0),
            (select count(*) from tenants k where k.parent_id = t.id)
        from tenants t left join lateral (
            select max(n.number) filter (where n.kind = 'users') as users,
                max(n.number) filter (where n.kind = 'groups') as groups,
                max(n.number) filter (where n.kind = 'roles') as roles,
                max(n.number) filter (where n.kind = 'policies') as policies,
                max(n.number) filter (where n.kind = 'permission_sets') as permission_sets,
                max(n.number) filter (where n.kind = 'assignments') as assignments
            from tenant_counts n where n.tenant_id = t.id
        ) c on true
        where t.id = any (p_ids)
          and t.tree >= current_setting('wami.tree_from') and t.tree < current_setting('wami.tree_to');
end
$$;

-- Removes an empty tenant below the one of this transaction. Its foreign keys refuse one that is not empty.
create function wami_forget_tenant(p_tenant uuid) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if not exists (select from tenants t where t.id = p_tenant and t.id <> current_setting('wami.tenant_id')::uuid
            and t.tree >= current_setting('wami.tree_from') and t.tree < current_setting('wami.tree_to')) then
        raise exception 'not entitled' using errcode = 'WM403';
    end if;
    delete from bin_items b where b.tenant_id = p_tenant;
    delete from resource_providers r where r.tenant_id = p_tenant;
    delete from tenants t where t.id = p_tenant;
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
          and c.table_name <> 'tenant_former_paths'
    loop
        execute format('create policy tenant_scope on %I to wami_app
            using (tenant_id = current_setting(''wami.tenant_id'')::uuid)
            with check (tenant_id = current_setting(''wami.tenant_id'')::uuid)', scoped);
        execute format('grant select, insert, update, delete on %I to wami_app', scoped);
    end loop;

    -- The tree is guarded by range.
    create policy tenant_scope on tenants to wami_app
        using (tree >= current_setting('wami.tree_from') and tree < current_setting('wami.tree_to'))
        with check (tree >= current_setting('wami.tree_from') and tree < current_setting('wami.tree_to'));
    grant select, insert (id, parent_id, path, slug, depth, display_name, account_id, created_at, updated_at),
        update (parent_id, path, slug, depth, display_name, status, allow_all_guardrail, updated_at, row_version)
        on tenants to wami_app;

    -- Audit is append-only for the application, counters are the triggers' business; documents and former paths are
    -- reached by functions.
    revoke update, delete on audit_events from wami_app;
    revoke insert, update, delete on tenant_counts from wami_app;

    for scoped in select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
        and relname <> '_sqlx_migrations'
    loop
        execute format('alter table %I enable row level security', scoped);
        execute format('alter table %I force row level security', scoped);
        execute format('create policy owner on %I to current_user using (true) with check (true)', scoped);
    end loop;

    for fn in select oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace and proname like 'wami\_%' loop
        execute format('revoke all on function %s from public', fn);
        execute format('grant execute on function %s to wami_app', fn);
    end loop;
    revoke execute on function wami_enter_system(uuid) from wami_app;
    revoke execute on function wami_set_scope(uuid, text, boolean) from wami_app;
    revoke execute on function wami_covering_assignments(uuid, uuid, uuid, uuid[], timestamptz) from wami_app;
    revoke execute on function wami_set_policies(uuid, uuid) from wami_app;
    revoke execute on function wami_search_source(text) from wami_app;
    revoke execute on function wami_search_words(text[], text[]) from wami_app;
    revoke execute on function wami_count_rows() from wami_app;
    revoke execute on function wami_follow_paths() from wami_app;
end
$$;
revoke create on schema public from public;
grant usage on schema public to wami_app;
