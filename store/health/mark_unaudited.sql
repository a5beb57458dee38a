-- I5: a person's mark on an open task that the case's chain does not tell of.
select t.case_id, t.id as ref
from task t
where t.closed_step is null and (t.assignee is not null or t.hold_until is not null)
  and not exists (
    select from audit_row a
    where a.chain = 'case:' || t.case_id and a.what = 'marked' and a.step = t.opened_step and strpos(a.after, t.id) > 0)
limit @limit
