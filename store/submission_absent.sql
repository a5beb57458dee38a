-- Is a send proved absent? Only by proof that is newer than the last time its bytes may
-- have left: the payer's word to an inquiry made since, the note that nothing left when it
-- was to be sent again, or a person's finding in the task about this exchange. Both times
-- are the database's: a step's own time is another clock's.
select exists (
    select from submission_state s
    where s.submission_id = @id and s.state = 'unknown' and s.why like 'absent: %'
      and s.ord > (select max(ord) from submission_state where submission_id = @id and state = 'sending')
  ) or exists (
    select from task t
    join task_completion c on c.task_id = t.id and c.struck_at is null
    join step told on told.case_id = t.case_id and told.no = c.step and told.fence = c.fence
    where t.case_id = @case and t.kind = 'find out' and t.exchange in (@exchange, '')
      and c.result ->> 'arrived' = 'no' and told.recorded_at > @sending_at
  )
