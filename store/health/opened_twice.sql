-- I1: two cases of a kind that stand for the same thing at a source.
select c.id, first.id::text as ref
from case_file c
join case_file first on first.source = c.source and first.source_id = c.source_id and first.kind = c.kind and first.id < c.id
where c.source <> '' and c.source_id <> ''
limit @limit
