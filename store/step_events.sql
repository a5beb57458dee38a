insert into event (type, case_id, facility, kind, step, fence, at, data)
select v.e ->> 'type', @case, @facility, @kind, @no, @fence, @at, v.e - 'type'
  from jsonb_array_elements(@events::jsonb) with ordinality as v (e, ord)
 order by v.ord
