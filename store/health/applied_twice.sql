-- I4: a message that two steps which stand have applied.
select s.case_id, cause as ref
from step s
cross join lateral unnest(s.causes) cause
where s.struck_at is null and s.recorded_at >= @since
  and exists (
    select from step other
    where other.case_id = s.case_id and other.no < s.no and other.struck_at is null and cause = any(other.causes))
limit @limit
