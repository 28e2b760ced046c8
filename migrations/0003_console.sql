-- What the console keeps for itself, outside every tenant: sessions, one-time entries, links, sign-in counters.
-- Only the role wami_session has rights here, and on nothing else.

create schema console;

create table console.sessions (
    id_hash bytea not null constraint sessions_pkey primary key,
    -- Names the session to people and in revocations; never the cookie's value.
    public_id uuid not null constraint sessions_public_id_key unique,
    data jsonb not null,
    tenant_id uuid,
    user_id uuid,
    source_ip text,
    user_agent text,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null
);
comment on table console.sessions is 'A browser session. Only the hash of its id is kept.';
create index sessions_user_id_idx on console.sessions (tenant_id, user_id, seen_at);
create index sessions_expires_at_idx on console.sessions (expires_at);

create table console.flashes (
    id_hash bytea not null constraint flashes_pkey primary key,
    path text not null,
    data jsonb not null,
    expires_at timestamptz not null
);
comment on table console.flashes is 'What a form post has to say to the page shown next: outcome, errors, entered values. Read once.';
create index flashes_expires_at_idx on console.flashes (expires_at);

create table console.links (
    token_hash bytea not null constraint links_pkey primary key,
    purpose text not null constraint links_purpose_check check (purpose in ('setup', 'invitation', 'reset')),
    tenant_id uuid,
    user_id uuid,
    maker_tenant_id uuid,
    maker_id uuid,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
comment on table console.links is 'A single-use link that sets a password. Only the hash of its token is kept.';
create index links_user_id_idx on console.links (tenant_id, user_id);
create index links_expires_at_idx on console.links (expires_at);

create table console.throttles (
    key_hash bytea not null constraint throttles_pkey primary key,
    failures integer not null,
    last_failure_at timestamptz not null
);
comment on table console.throttles is 'Failed attempts under one key (an address, an account, both together).';
create index throttles_last_failure_at_idx on console.throttles (last_failure_at);

grant usage on schema console to wami_session;
grant select, insert, update, delete on all tables in schema console to wami_session;
