-- I7: a clock of a case that is over. Index: deadline_armed.
select d.case_id, d.name as ref
from deadline d
join case_file c on c.id = d.case_id
where d.armed and c.status = 'closed'
limit @limit
