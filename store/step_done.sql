insert into task_completion (task_id, message_id, step, fence, at, by_kind, by_id, by_name, result)
select d.e ->> 'taskId', d.e ->> 'id', @no, @fence, @at, d.e #>> '{by,kind}', d.e #>> '{by,id}', coalesce(d.e #>> '{by,name}', ''), d.e -> 'result'
  from jsonb_array_elements(@done::jsonb) as d (e)
