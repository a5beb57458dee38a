-- I2: bytes that are not those of which the digest was committed.
select case_id, id as ref
from submission
where prepared_at >= @since and sha256(bytes) <> bytes_sha256
limit @limit
