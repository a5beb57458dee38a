-- The update that changes nothing makes the row if it is missing, and locks it.
insert into case_file (id) values ($1)
on conflict (id) do update set id = excluded.id
returning step, fence, case when step = 0 then '' else stage || ', ' || status || ': ' || now_words end, audit_seq, audit_hash
