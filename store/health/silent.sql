-- I11: a case that waits for nobody, nothing and no instant. Index: case_not_closed.
select c.id, c.step::text as ref
from case_file c
where c.status <> 'closed' and c.changed_at < now() - @silence::interval
  and cardinality(c.exchanges) = 0
  and c.hold is null
  and not exists (select from task t where t.case_id = c.id and t.closed_step is null)
  and not exists (select from deadline d where d.case_id = c.id and d.armed)
limit @limit
