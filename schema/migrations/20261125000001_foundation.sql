-- The projection of cases, the ledger of sends, the audit, and what the API needs.
-- Lock note: creates only; nothing that exists is touched.

-- +goose Up
-- +goose StatementBegin
do $$ begin
  if not exists (select from pg_roles where rolname = 'parley_app') then
    create role parley_app nologin;
  end if;
end $$;
-- +goose StatementEnd

create sequence case_number_seq;

-- What can be seen of a case: only recorded steps write it.
create table case_file (
  id           uuid primary key,
  number       text not null unique default to_char(now() at time zone 'UTC', 'YY-') || lpad(nextval('case_number_seq')::text, 6, '0'),
  kind         text not null default '',
  facility     text not null default '',
  payer        text not null default '',
  step         int not null default 0,
  fence        bigint not null default 0, -- of the last step: whoever comes with less is refused
  run_id       text not null default '',  -- of the run that recorded last
  digest       text not null default '',  -- of what the last step shows
  stage        text not null default '',
  status       text not null default 'open' check (status in ('open', 'held', 'closed')),
  waiting_on   text[] not null default '{}',
  outcome      text not null default '',
  now_words    text not null default '',
  exchanges    text[] not null default '{}', -- under way
  hold         jsonb,
  title        text not null default '',
  patient      jsonb not null default '{}',
  patient_name text generated always as (lower(coalesce(patient ->> 'lastName', '') || ', ' || coalesce(patient ->> 'firstName', ''))) stored,
  member       text not null default '',
  planned      date,
  urgent       boolean not null default false,
  source       text not null default '',
  source_id    text not null default '',
  auth_number  text not null default '',
  detail       jsonb not null default '{}',
  related      uuid[] not null default '{}',
  file         bytea, -- what the case remembers, sealed; for reopening
  confirmed    boolean not null default true, -- false: told by an update that nobody has seen answered
  audit_seq    int not null default 0,
  audit_hash   bytea not null default '',
  opened_at    timestamptz not null default now(),
  changed_at   timestamptz not null default now(),
  closed_at    timestamptz
);
create index case_unconfirmed on case_file (changed_at) where not confirmed;
create index case_by_change on case_file (changed_at desc, id);
create index case_of_facility on case_file (facility, changed_at desc, id);
create index case_not_closed on case_file (id) where status <> 'closed';
create index case_source on case_file (source, source_id) where source <> '';

-- A step that a dead attempt told stays, struck; the rest is the truth.
create table step (
  case_id     uuid not null references case_file,
  no          int not null,
  fence       bigint not null,
  run_id      text not null,
  stage       text not null,
  status      text not null,
  now_words   text not null,
  causes      text[] not null default '{}',
  tasks       text[] not null default '{}', -- open after it
  digest      text not null,
  at          timestamptz not null,
  recorded_at timestamptz not null default now(),
  struck_at   timestamptz,
  primary key (case_id, no, fence)
);
create unique index one_truth_per_step on step (case_id, no) where struck_at is null;
create index step_by_cause on step using gin (causes) where struck_at is null;

create table timeline_entry (
  case_id   uuid not null,
  step      int not null,
  fence     bigint not null,
  ord       int not null,
  at        timestamptz not null,
  kind      text not null,
  words     text not null,
  why       text not null default '',
  stage     text not null default '',
  by_kind   text not null,
  by_id     text not null,
  by_name   text not null default '',
  task      text not null default '',
  exchange  text not null default '',
  before    text not null default '',
  after     text not null default '',
  struck_at timestamptz,
  primary key (case_id, step, fence, ord),
  foreign key (case_id, step, fence) references step
);

create table task (
  id           text primary key,
  case_id      uuid not null references case_file,
  kind         text not null,
  title        text not null,
  instructions text not null,
  queue        text not null,
  party        text not null,
  skills       text[] not null default '{}',
  priority     smallint not null,
  due_at       timestamptz not null,
  due          jsonb not null,             -- the whole deadline
  reminder_for text not null default '',
  escalated    boolean not null default false,
  exchange     text not null default '',
  facility     text not null,
  opened_step  int not null,
  opened_at    timestamptz not null,
  closed_step  int,
  closed_at    timestamptz,
  -- People's own marks: no step touches them.
  assignee     text,
  assignee_kind text,
  assignee_name text,
  assigned_at  timestamptz,
  hold_until   timestamptz,
  hold_reason  text
);
create index task_in_queue on task (queue, priority, due_at, id) where closed_step is null;
create index task_of_facility on task (facility, priority, due_at, id) where closed_step is null;
create index task_of_assignee on task (assignee, priority, due_at, id) where closed_step is null and assignee is not null;
create index task_open on task (priority, due_at, id) where closed_step is null;
create index task_of_case on task (case_id, opened_step);

-- Who completed a task, and with what: written by the step that tells it.
create table task_completion (
  task_id    text not null references task,
  message_id text not null,
  step       int not null,
  fence      bigint not null,
  at         timestamptz not null,
  by_kind    text not null,
  by_id      text not null,
  by_name    text not null,
  result     jsonb not null,
  struck_at  timestamptz,
  primary key (task_id, step, fence)
);
create unique index one_completion_per_task on task_completion (task_id) where struck_at is null;

create table task_comment (
  id      uuid primary key,
  task_id text not null references task,
  at      timestamptz not null default now(),
  by_kind text not null,
  by_id   text not null,
  by_name text not null,
  words   text not null
);
create index task_comment_of_task on task_comment (task_id, at);

create table deadline (
  case_id   uuid not null references case_file,
  name      text not null,
  rule      text not null,
  source    text not null default '',
  due_at    timestamptz not null,
  zone      text not null,
  from_at   timestamptz,
  warn      bigint[] not null default '{}', -- seconds before
  what_then text not null default '',
  armed     boolean not null default true,
  set_step  int not null,
  ended_at  timestamptz,
  primary key (case_id, name)
);
create index deadline_armed on deadline (due_at) where armed;

-- One question to a payer. Rows are written by the ledger's activities, never by steps.
create table exchange (
  id       text primary key,
  case_id  uuid not null,
  payer    text not null,
  kind     text not null,
  trace    text not null default '', -- TRN02: what answers carry
  asked_at timestamptz not null default now()
);
create index exchange_of_case on exchange (case_id, asked_at);
create index exchange_by_trace on exchange (payer, trace) where trace <> '';

-- The ledger of sends. Control numbers and bytes are committed before the first byte leaves.
create table submission (
  id            text primary key,
  exchange_id   text not null references exchange,
  case_id       uuid not null,
  payer         text not null,
  kind          text not null,
  state         text not null check (state in ('prepared', 'sending', 'acknowledged', 'accepted', 'rejected', 'unknown')),
  sender        text not null,
  receiver      text not null,
  control       text not null, -- ISA13
  group_control text not null, -- GS06
  set_control   text not null, -- ST02
  trace         text not null, -- TRN02
  bytes         bytea not null,
  bytes_sha256  bytea not null,
  sends         int not null default 0,
  prepared_at   timestamptz not null default now(),
  sending_at    timestamptz,
  settled_at    timestamptz,
  received_at   timestamptz, -- evidence that the payer has it
  trouble       text not null default '',
  unique (sender, receiver, control)
);
create index submission_of_exchange on submission (exchange_id, prepared_at);
create index submission_open on submission (payer, prepared_at) where state in ('prepared', 'sending', 'unknown');

-- Every state a send went through.
create table submission_state (
  submission_id text not null references submission,
  ord           int generated always as identity,
  state         text not null,
  at            timestamptz not null default now(),
  why           text not null default '',
  primary key (submission_id, ord)
);

create table control_number (
  sender   text not null,
  receiver text not null,
  last     bigint not null,
  primary key (sender, receiver)
);

-- What came from outside, whole, before anyone believed it. Never dropped.
create table inbound (
  id          uuid primary key,
  payer       text not null,
  channel     text not null,
  came_at     timestamptz not null default now(),
  bytes       bytea not null,
  sha256      bytea not null,
  submission  text, -- the send it came back on, if it did
  state       text not null default 'new' check (state in ('new', 'matched', 'repeated', 'quarantined', 'settled')),
  case_id     uuid,
  exchange_id text,
  finding     text not null default '', -- stable code: why it is quarantined
  unique (payer, sha256)
);
create index inbound_new on inbound (came_at) where state in ('new', 'quarantined');
create index inbound_of_submission on inbound (submission, came_at) where submission is not null;

-- One payer out of reach is one escalation.
create table payer_outage (
  payer    text not null,
  since    timestamptz not null,
  case_id  uuid not null, -- the escalation
  told_at  timestamptz,   -- when its case was opened
  ended_at timestamptz,
  primary key (payer, since)
);
create unique index one_outage_per_payer on payer_outage (payer) where ended_at is null;

create table payer_profile (
  slug      text not null,
  version   int not null,
  sha256    bytea not null,
  body      text not null,
  loaded_at timestamptz not null default now(),
  primary key (slug, version),
  unique (slug, sha256)
);

-- What integrators hear: IDs and codes only. Readers stay behind transactions still open.
create table event (
  seq     bigint generated always as identity primary key,
  xid     xid8 not null default pg_current_xact_id(),
  id      uuid not null default gen_random_uuid(),
  at      timestamptz not null default now(),
  type    text not null,
  case_id uuid not null,
  facility text not null,
  kind    text not null,
  step    int not null,
  fence   bigint not null,
  data    jsonb not null
);
create index event_in_order on event (xid, seq);
create index event_of_step on event (case_id, step);

-- Chains of audit rows: one per case, one per subject who looked, one for the installation.
create table audit_chain (
  chain text primary key,
  seq   int not null default 0,
  hash  bytea not null default ''
);

create table audit_row (
  chain  text not null,
  seq    int not null,
  at     timestamptz not null,
  what   text not null, -- recorded, struck, missing, marked, looked, sent, …
  step   int not null default 0,
  fence  bigint not null default 0,
  by_kind text not null check (by_kind <> ''),
  by_id  text not null check (by_id <> ''),
  why    text not null default '',
  before text not null default '',
  after  text not null default '',
  prev   bytea not null,
  hash   bytea not null,
  written_at timestamptz not null default now(), -- by this clock; not in the hash: who seals looks for what is new
  primary key (chain, seq)
);
create index audit_by_time on audit_row using brin (written_at);

-- +goose StatementBegin
create function audit_is_append_only() returns trigger language plpgsql as
$$ begin raise exception 'audit is append-only'; end $$;
-- +goose StatementEnd
create trigger audit_append_only before update or delete or truncate on audit_row
  execute function audit_is_append_only();

create table api_key (
  id         uuid primary key,
  name       text not null,
  hash       bytea not null unique, -- SHA-256 of the secret part
  roles      text[] not null,
  facilities text[] not null, -- {*}: all
  created_at timestamptz not null default now(),
  created_by text not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  used_at    timestamptz
);

-- An answer once given is given again. Keys are stored hashed, and name nothing.
create table idempotency_key (
  principal   text not null,
  key_hash    bytea not null,
  route       text not null,
  body_hash   bytea not null,
  message_id  text not null, -- of what this request says to a case: the same when it is tried again
  lease_until timestamptz not null, -- someone is at it until then
  status      int,
  answer      bytea,
  headers     jsonb,
  made_at     timestamptz not null default now(),
  primary key (principal, key_hash)
);
create index idempotency_by_age on idempotency_key (made_at);

create table facility (
  id   text primary key,
  name text not null,
  zone text not null
);

grant usage on schema public to parley_app;
grant select, insert, update on all tables in schema public to parley_app;
grant delete on idempotency_key to parley_app;
revoke update on audit_row, submission_state, event, task_comment, payer_profile from parley_app;
-- Of these only what says what became of them: what was told, sent or heard stays as it was.
revoke update on step, timeline_entry, task_completion, submission, inbound, api_key from parley_app;
grant update (struck_at) on step, timeline_entry, task_completion to parley_app;
grant update (state, sends, sending_at, settled_at, received_at, trouble) on submission to parley_app;
grant update (submission, state, case_id, exchange_id, finding) on inbound to parley_app;
grant update (revoked_at, used_at) on api_key to parley_app;
grant usage, select on all sequences in schema public to parley_app;

-- +goose Down
-- Forward only: a projection that lost its columns would lose cases.
select 1 / 0;
