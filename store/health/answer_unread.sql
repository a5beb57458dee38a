-- I9: something came from outside and nobody has looked at it. Index: inbound_new.
select coalesce(i.case_id::text, '') as case_id, i.id::text as ref
from inbound i
where i.state = 'new' and i.came_at < now() - @inbound::interval
limit @limit
