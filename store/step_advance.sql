-- Doubtful is what an update told, and what followed from it in the same workflow task: any
-- other cause is in the case's history before the case acts on it.
update case_file set
  step = @no, fence = @fence, run_id = @run, digest = @digest, kind = @kind, facility = @facility, payer = @payer,
  stage = @stage, status = @status, waiting_on = @waiting_on, outcome = @outcome, now_words = @now,
  exchanges = @exchanges, hold = @hold, title = @title, patient = @patient, member = @member,
  planned = nullif(@planned, '')::date, urgent = @urgent, source = @source, source_id = @source_id, auth_number = @number,
  detail = @detail, related = @related, file = coalesce(@file, file),
  confirmed = not @doubtful and (confirmed or fence < @fence),
  audit_seq = @audit_seq, audit_hash = @audit_hash, changed_at = now(),
  closed_at = case when @status = 'closed' then coalesce(closed_at, @at) end
where id = @case
