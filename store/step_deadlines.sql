-- The clocks that run are these and no others.
with gone as (
  update deadline set armed = false, ended_at = @at
   where case_id = @case and armed and name not in (select d.e ->> 'name' from jsonb_array_elements(@deadlines::jsonb) as d (e))
)
insert into deadline (case_id, name, rule, source, due_at, zone, from_at, warn, what_then, armed, set_step)
select @case, d.e ->> 'name', d.e ->> 'rule', coalesce(d.e ->> 'source', ''), (d.e ->> 'due')::timestamptz, d.e ->> 'zone',
       (d.e ->> 'from')::timestamptz, array(select jsonb_array_elements_text(d.e -> 'warnSeconds')::bigint), coalesce(d.e ->> 'then', ''), true, @no
  from jsonb_array_elements(@deadlines::jsonb) as d (e)
on conflict (case_id, name) do update set
  rule = excluded.rule, source = excluded.source, due_at = excluded.due_at, zone = excluded.zone, from_at = excluded.from_at,
  warn = excluded.warn, what_then = excluded.what_then, armed = true, ended_at = null, set_step = excluded.set_step
