-- Every row of every chain, in the order of the primary key.
select chain, seq, at, what, step, fence, by_kind, by_id, why, before, after, prev, hash
from audit_row
order by chain, seq
