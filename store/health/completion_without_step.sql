-- I4: a completion that counts, though no step that stands has applied it.
select t.case_id, d.task_id as ref
from task_completion d
join task t on t.id = d.task_id
where d.struck_at is null and d.at >= @since
  and not exists (
    select from step s
    where s.case_id = t.case_id and s.no = d.step and s.fence = d.fence and s.struck_at is null and d.message_id = any(s.causes))
limit @limit
