-- Heads of the chains that have rows since an instant, or of all. Index: audit_by_time.
with changed as (
  select distinct chain from audit_row where @all or at >= @since
)
select c.chain, coalesce(f.audit_seq, a.seq) as seq, coalesce(f.audit_hash, a.hash) as hash
from changed c
left join audit_chain a on a.chain = c.chain
left join case_file f on c.chain like 'case:%' and f.id = substr(c.chain, 6)::uuid
where coalesce(f.audit_seq, a.seq) > 0
order by c.chain
