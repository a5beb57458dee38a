with told as (
  insert into step (case_id, no, fence, run_id, stage, status, now_words, causes, tasks, digest, at)
  values (@case, @no, @fence, @run, @stage, @status, @now, @causes, @open, @digest, @at)
)
insert into timeline_entry (case_id, step, fence, ord, at, kind, words, why, stage, by_kind, by_id, by_name, task, exchange, before, after)
select @case, @no, @fence, t.ord, @at, t.e ->> 'kind', t.e ->> 'words', coalesce(t.e ->> 'why', ''), coalesce(t.e ->> 'stage', ''),
       t.e #>> '{by,kind}', t.e #>> '{by,id}', coalesce(t.e #>> '{by,name}', ''), coalesce(t.e ->> 'task', ''),
       coalesce(t.e ->> 'exchange', ''), coalesce(t.e ->> 'before', ''), coalesce(t.e ->> 'after', '')
  from jsonb_array_elements(@told::jsonb) with ordinality as t (e, ord)
