-- I9: a send on its way or unknown for too long, in a case where no person looks after
-- it. Index: submission_open.
select s.case_id, s.id as ref
from submission s
where s.state in ('sending', 'unknown') and coalesce(s.sending_at, s.prepared_at) < now() - @unknown::interval
  and not exists (select from task t where t.case_id = s.case_id and t.closed_step is null)
limit @limit
