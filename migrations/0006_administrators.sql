-- Who stays an administrator: enabled users with a password who hold the built-in set Administrator on a tenant, directly or
-- by a group, and not only until a day. Some of them in the order of their ids, going on after one.
create function wami_administrators(p_tenant uuid, p_after uuid, p_limit integer)
    returns table (tenant_id uuid, user_id uuid, user_name text, enabled boolean)
    language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    v_lineage uuid[] := wami_lineage_ids(p_tenant);
begin
    return query
        with held as (
            select a.principal_tenant_id, a.user_id, a.group_id from assignments a
            join permission_sets s on s.tenant_id = a.set_tenant_id and s.id = a.set_id
            where s.is_builtin and s.name = 'Administrator' and a.tenant_id = any (v_lineage)
              and (a.tenant_id = p_tenant or a.reach = 'subtree') and a.expires_at is null
              and a.principal_tenant_id = any (v_lineage) and a.set_tenant_id = any (v_lineage)
        ),
        holders as (
            select h.principal_tenant_id as tenant_id, h.user_id from held h where h.user_id is not null
            union
            select m.tenant_id, m.user_id from held h
            join group_members m on m.tenant_id = h.principal_tenant_id and m.group_id = h.group_id
        )
        select u.tenant_id, u.id, u.user_name, u.enabled from holders h
        join users u on u.tenant_id = h.tenant_id and u.id = h.user_id and u.enabled
        join login_profiles l on l.tenant_id = u.tenant_id and l.user_id = u.id
        where p_after is null or u.id > p_after
        order by u.id limit p_limit;
end
$$;
revoke all on function wami_administrators(uuid, uuid, integer) from public;
grant execute on function wami_administrators(uuid, uuid, integer) to wami_app;
