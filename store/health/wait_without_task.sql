-- I3: a case that waits for a task which nobody can see. Index: case_not_closed.
select c.id, waited as ref
from case_file c
join step s on s.case_id = c.id and s.no = c.step and s.struck_at is null
cross join lateral unnest(s.tasks) waited
where c.status <> 'closed'
  and not exists (select from task t where t.id = waited and t.case_id = c.id and t.closed_step is null)
limit @limit
