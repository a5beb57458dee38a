-- The open tasks are these and no others. What people marked on a task stays.
with gone as (
  update task set closed_step = @no, closed_at = @at
   where case_id = @case and closed_step is null and id <> all (@open)
)
insert into task (id, case_id, kind, title, instructions, queue, party, skills, priority, due_at, due, reminder_for, escalated, exchange,
                  facility, opened_step, opened_at)
select t.e ->> 'id', @case, t.e ->> 'kind', t.e ->> 'title', t.e ->> 'instructions', t.e ->> 'queue', t.e ->> 'party',
       array(select jsonb_array_elements_text(coalesce(t.e -> 'skills', '[]'))), (t.e ->> 'priority')::smallint,
       (t.e #>> '{due,due}')::timestamptz, t.e -> 'due', coalesce(t.e ->> 'for', ''), coalesce((t.e ->> 'escalated')::boolean, false),
       coalesce(t.e ->> 'exchange', ''), @facility, @no, @at
  from jsonb_array_elements(@tasks::jsonb) as t (e)
on conflict (id) do update set
  title = excluded.title, instructions = excluded.instructions, queue = excluded.queue, party = excluded.party,
  skills = excluded.skills, priority = excluded.priority, due_at = excluded.due_at, due = excluded.due,
  escalated = excluded.escalated, closed_step = null, closed_at = null
