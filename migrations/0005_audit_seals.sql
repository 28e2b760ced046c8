-- Seals: the records of a tenant's audit as a chain of hashes, so that one that was changed, removed or put elsewhere
-- afterwards is found. A sealer adds them within a second of the commit, so that writers never wait for each other.

create table audit_seals (
    tenant_id uuid not null,
    seq bigint not null constraint audit_seals_seq_check check (seq > 0),
    event_id uuid not null,
    -- What the record said.
    digest bytea not null constraint audit_seals_digest_check check (octet_length(digest) = 32),
    -- SHA-256 of the hash before it and the digest.
    hash bytea not null constraint audit_seals_hash_check check (octet_length(hash) = 32),
    sealed_at timestamptz not null default now(),
    constraint audit_seals_event_id_key unique (tenant_id, event_id),
    constraint audit_seals_pkey primary key (tenant_id, seq)
);
comment on table audit_seals is 'The place of an audit record in its tenant''s chain.';

create table audit_sealer (
    id boolean not null default true constraint audit_sealer_pkey primary key constraint audit_sealer_id_check check (id),
    sealed_below xid8 not null
);
comment on table audit_sealer is 'How far the sealer has come: every record of an earlier transaction is sealed.';
insert into audit_sealer (sealed_below) values ('0');

create index audit_events_committed_by_idx on audit_events (committed_by);

-- Neither the role of requests nor that of sessions has any right here.
do $$
declare
    kept text;
begin
    foreach kept in array array['audit_seals', 'audit_sealer'] loop
        execute format('alter table %I enable row level security', kept);
        execute format('alter table %I force row level security', kept);
        execute format('create policy owner on %I to current_user using (true) with check (true)', kept);
    end loop;
end
$$;

-- Everything that a record says, in one form.
create function wami_event_digest(e audit_events) returns bytea
    language sql stable set search_path = public, pg_temp as $$
    select sha256(convert_to(jsonb_build_array(
        e.tenant_id, e.id, to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        e.actor_tenant_id, e.actor_tenant_path, e.actor_id, e.actor_name, e.acting_as, e.source_ip, e.request_id,
        e.action, e.target_kind, e.target_id, e.target_name, e.target_arn, e.outcome, e.reason, e.before, e.after,
        e.parts)::text, 'UTF8'))
$$;

-- Seals what was committed before every transaction that still runs, in the order of transactions, at most 10,000
-- records; gives how many. One sealer at a time: another gets 0.
create function wami_seal() returns bigint
    language plpgsql set search_path = public, pg_temp as $$
declare
    v_most constant integer := 10000;
    v_below xid8;
    v_upper xid8;
    v_event record;
    v_seq bigint;
    v_hash bytea;
    v_count bigint := 0;
begin
    if not pg_try_advisory_xact_lock(hashtext('wami audit sealer')) then
        return 0;
    end if;
    v_upper := pg_snapshot_xmin(pg_current_snapshot());
    select sealed_below into v_below from audit_sealer;
    -- The database was restored elsewhere, where transactions count from a lower number.
    if v_below > v_upper then
        v_below := '0';
    end if;
    for v_event in
        select e.tenant_id, e.id, e.committed_by, wami_event_digest(e) as digest from audit_events e
        where e.committed_by >= v_below and e.committed_by < v_upper
          and not exists (select from audit_seals s where s.tenant_id = e.tenant_id and s.event_id = e.id)
        order by e.committed_by, e.id limit v_most
    loop
        select s.seq, s.hash into v_seq, v_hash from audit_seals s
            where s.tenant_id = v_event.tenant_id order by s.seq desc limit 1;
        insert into audit_seals (tenant_id, seq, event_id, digest, hash)
        values (v_event.tenant_id, coalesce(v_seq, 0) + 1, v_event.id, v_event.digest,
            sha256(coalesce(v_hash, '') || v_event.digest));
        v_count := v_count + 1;
        v_below := v_event.committed_by;
    end loop;
    update audit_sealer set sealed_below = case when v_count < v_most then v_upper else v_below end
        where sealed_below <> case when v_count < v_most then v_upper else v_below end and v_count > 0;
    return v_count;
end
$$;

-- What is wrong with the chains: one row a fault. kind: changed (the record says something else than when it was
-- sealed), removed (the record is gone), broken (a seal is gone, was changed or stands elsewhere), unsealed (a record
-- that the sealer has passed).
create function wami_verify_audit() returns table (tenant_id uuid, seq bigint, event_id uuid, kind text)
    language plpgsql stable set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    return query
        with chain as (
            select s.tenant_id, s.seq, s.event_id, s.digest, s.hash,
                lag(s.hash) over w as before
            from audit_seals s window w as (partition by s.tenant_id order by s.seq)
        )
        select c.tenant_id, c.seq, c.event_id, f.kind from chain c
        left join audit_events e on e.tenant_id = c.tenant_id and e.id = c.event_id
        cross join lateral (
            select 'removed' as kind where e.id is null
            union all
            select 'changed' where e.id is not null and wami_event_digest(e) <> c.digest
            union all
            select 'broken' where c.hash <> sha256(coalesce(c.before, '') || c.digest)
        ) f
        union all
        select e.tenant_id, null, e.id, 'unsealed' from audit_events e, audit_sealer s
        where e.committed_by < s.sealed_below
          and not exists (select from audit_seals k where k.tenant_id = e.tenant_id and k.event_id = e.id)
        order by 1, 2;
end
$$;

revoke all on function wami_event_digest(audit_events) from public;
revoke all on function wami_seal() from public;
revoke all on function wami_verify_audit() from public;
