-- Seals whose row is gone or has another hash.
select s.chain, s.seq, case when r.hash is null then 'cut off' else 'rewritten' end as what
from unnest(@chain::text[], @seq::int[], @hash::text[]) as s (chain, seq, hash)
left join audit_row r on r.chain = s.chain and r.seq = s.seq
where r.hash is distinct from decode(s.hash, 'hex')
