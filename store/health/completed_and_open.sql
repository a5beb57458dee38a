-- I4: a task that somebody completed and that can be completed again. Index: task_open.
select t.case_id, t.id as ref
from task t
join task_completion d on d.task_id = t.id and d.struck_at is null
where t.closed_step is null
limit @limit
