-- Statistics for what one transaction writes
--
-- The planner knows of a tenant what the last ANALYZE met of it: of a new one, that it has next to nothing. Any index on
-- tenant_id then looks as good as the one that finds the row, also to the statements by which foreign keys are checked, and
-- a bulk import reads the whole tenant for each row it writes.

-- Counts a table of entities anew, so that a bulk import goes on with plans for what it has written so far: the transaction
-- that runs ANALYZE sees the result at once, and plans made before are dropped, those of foreign keys as well. What is
-- known of a table that many rows were deleted from, or written to and rolled back, would not do: it counts none.
-- Another transaction that does so is not waited for.
create function wami_refresh_statistics(p_table text) returns void
    language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if p_table not in ('users', 'groups', 'roles', 'policies') then
        raise exception 'not entitled' using errcode = 'WM403';
    end if;
    execute format('analyze (skip_locked) %I', p_table);
end
$$;
revoke all on function wami_refresh_statistics(text) from public;
grant execute on function wami_refresh_statistics(text) to wami_app;
