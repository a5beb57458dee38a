-- One change of a send's state. Evidence that the payer has it is kept from when it first came.
update submission set
  state       = @state,
  sends       = sends + @sends,
  sending_at  = case when @state = 'sending' then now() else sending_at end,
  settled_at  = case when @state in ('accepted', 'rejected') then now() else settled_at end,
  received_at = coalesce(received_at, @had),
  trouble     = @trouble
where id = @id
returning id, exchange_id, case_id, payer, kind, state, sender, receiver, control, group_control, set_control, trace,
  bytes, sends, prepared_at, sending_at, settled_at, received_at, trouble
