-- What imports have brought: by it a later import tells what was edited here from what changed at the provider.

create table import_marks (
    tenant_id uuid not null constraint import_marks_tenant_id_fkey references tenants (id) on delete cascade,
    -- The native name. No foreign key: that something imported was deleted here must be known later.
    arn text collate "C" not null,
    kind text not null constraint import_marks_kind_check check (kind in ('user', 'group', 'role', 'policy')),
    account_id text collate "C" not null,
    name text not null,
    -- Digests of what was imported, 16 bytes each.
    content bytea not null constraint import_marks_content_check check (length(content) % 16 = 0)
);
comment on table import_marks is 'What an entity was when it was last imported.';
alter table import_marks alter column tenant_id set (n_distinct = 20);
alter table import_marks
    add constraint import_marks_pkey primary key (tenant_id, arn);

create policy tenant_scope on import_marks to wami_app
    using (tenant_id = current_setting('wami.tenant_id')::uuid)
    with check (tenant_id = current_setting('wami.tenant_id')::uuid);
grant select, insert, update, delete on import_marks to wami_app;
alter table import_marks enable row level security;
alter table import_marks force row level security;
do $$
begin
    execute 'create policy owner on import_marks to current_user using (true) with check (true)';
end
$$;
