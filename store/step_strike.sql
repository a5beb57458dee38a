-- What a dead attempt told at or after a step stays, struck.
with gone as (
  update step set struck_at = now()
   where case_id = @case and no >= @no and struck_at is null
  returning no, fence, stage || ', ' || status || ': ' || now_words as told
), entries as (
  update timeline_entry e set struck_at = now()
    from gone where e.case_id = @case and e.step = gone.no and e.fence = gone.fence and e.struck_at is null
), completions as (
  update task_completion d set struck_at = now()
    from gone, task t
   where t.id = d.task_id and t.case_id = @case and d.step = gone.no and d.fence = gone.fence and d.struck_at is null
)
select no, fence, told from gone
