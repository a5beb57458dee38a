-- I7: a clock that has run out and that the case has not acted on. Index: deadline_armed.
select d.case_id, d.name as ref
from deadline d
where d.armed and d.due_at < now() - @deadline::interval
limit @limit
