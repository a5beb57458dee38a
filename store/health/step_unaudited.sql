-- I5: a step, or the striking of one, that the case's chain does not tell of.
select s.case_id, s.no || ' of ' || s.fence as ref
from step s
where s.recorded_at >= @since
  and (
    not exists (
      select from audit_row a
      where a.chain = 'case:' || s.case_id and a.what = 'recorded' and a.step = s.no and a.fence = s.fence)
    or s.struck_at is not null and not exists (
      select from audit_row a
      where a.chain = 'case:' || s.case_id and a.what = 'struck' and a.step = s.no and a.fence = s.fence))
limit @limit
