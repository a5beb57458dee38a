-- I2, I5: a send whose state is not the last one that was told of it.
select s.case_id, s.id as ref
from submission s
where s.prepared_at >= @since
  and s.state is distinct from (
    select t.state from submission_state t where t.submission_id = s.id order by t.ord desc limit 1)
limit @limit
