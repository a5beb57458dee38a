-- Heads of the chains that have rows written since an instant, or of all. Index:
-- audit_by_time.
with changed as (
  select distinct chain from audit_row where @all or written_at >= @since
)
select c.chain, coalesce(f.audit_seq, a.seq) as seq, coalesce(f.audit_hash, a.hash) as hash, now() as at
from changed c
left join audit_chain a on a.chain = c.chain
left join case_file f on f.id = case when c.chain like 'case:%' then substr(c.chain, 6)::uuid end
where coalesce(f.audit_seq, a.seq) > 0
order by c.chain
