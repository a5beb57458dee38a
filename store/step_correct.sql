-- An event already given out that did not happen is followed by one that says so.
insert into event (type, case_id, facility, kind, step, fence, at, data)
select 'correction', e.case_id, e.facility, e.kind, e.step, @fence, @at, jsonb_build_object('eventId', e.id, 'type', e.type)
  from event e
  join step s on s.case_id = e.case_id and s.no = e.step and s.fence = e.fence
 where e.case_id = @case and e.step >= @no and e.type <> 'correction' and s.struck_at = now()
 order by e.seq
