-- I3: an open task that the case's last step does not wait for. Index: task_open.
select t.case_id, t.id as ref
from task t
join case_file c on c.id = t.case_id
left join step s on s.case_id = c.id and s.no = c.step and s.struck_at is null
where t.closed_step is null and t.id <> all (coalesce(s.tasks, '{}'))
limit @limit
