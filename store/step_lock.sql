select step, fence, case when step = 0 then '' else stage || ', ' || status || ': ' || now_words end, audit_seq, audit_hash
  from case_file where id = $1 for no key update
