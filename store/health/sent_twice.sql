-- I2: other bytes left for a question of which earlier ones may have arrived. Only after
-- a rejection is there something new to send.
select later.case_id, later.id as ref
from submission later
join submission s on s.exchange_id = later.exchange_id and s.id <> later.id
  and (s.prepared_at, s.id) < (later.prepared_at, later.id)
where later.prepared_at >= @since
  and s.state in ('sending', 'acknowledged', 'accepted', 'unknown')
  and (later.state <> 'prepared' or later.sends > 0)
  and s.bytes_sha256 <> later.bytes_sha256
limit @limit
