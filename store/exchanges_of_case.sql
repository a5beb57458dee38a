-- A case's exchanges with their sends and every state of each. Indexes: exchange_of_case,
-- submission_of_exchange, the primary key of submission_state.
select x.id, x.payer, x.kind, x.trace, x.asked_at,
  x.id = any(c.exchanges) as under_way,
  coalesce((
    select jsonb_agg(jsonb_build_object(
        'id', s.id, 'state', s.state, 'control', s.control, 'trace', s.trace, 'sends', s.sends,
        'preparedAt', s.prepared_at, 'sendingAt', s.sending_at, 'receivedAt', s.received_at,
        'settledAt', s.settled_at, 'trouble', s.trouble,
        'states', coalesce((
          select jsonb_agg(jsonb_build_object('state', t.state, 'at', t.at, 'why', t.why) order by t.ord)
          from submission_state t where t.submission_id = s.id), '[]'))
      order by s.prepared_at, s.id)
    from submission s where s.exchange_id = x.id), '[]') as sends
from exchange x
join case_file c on c.id = x.case_id
where x.case_id = @case
order by x.asked_at, x.id
