-- I9: a step told by an update that nobody has seen answered, and that was not put right.
-- Index: case_unconfirmed.
select c.id, c.step::text as ref
from case_file c
where not c.confirmed and c.changed_at < now() - @doubt::interval
limit @limit
