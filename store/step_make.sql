-- Of two first steps at once one makes the row; the other waits for it and locks it.
insert into case_file (id) values ($1)
on conflict (id) do update set id = excluded.id
returning step, fence, '', audit_seq, audit_hash
