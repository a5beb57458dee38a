-- Chains that do not end where their head says.
with head as (
  select 'case:' || id as chain, audit_seq as seq, audit_hash as hash from case_file
  union all
  select chain, seq, hash from audit_chain
), last as (
  select chain, max(seq) as seq from audit_row group by chain
)
select h.chain, n as seq, 'cut off' as what
from head h
left join last l on l.chain = h.chain
cross join lateral generate_series(coalesce(l.seq, 0) + 1, h.seq) n
union all
select l.chain, n, 'beyond'
from last l
left join head h on h.chain = l.chain
cross join lateral generate_series(coalesce(h.seq, 0) + 1, l.seq) n
union all
select h.chain, h.seq, 'head'
from head h
join audit_row r on r.chain = h.chain and r.seq = h.seq
where r.hash <> h.hash
order by chain, seq
