-- Money is counted in picodollars (10^-12 USD): one per token is one US dollar for a million million tokens, so that
-- every price per token is a whole number. Null is "unknown", never zero.

-- A running Dalang that writes requests. When it dies, what it left open is accounted at its worst case by the next.
create table instance (
  id             varchar(36)  primary key,
  place          varchar(512) not null,
  pid            bigint       not null,
  started        bigint       not null,
  beat_millis    bigint       not null
);

-- One row for each request: written before the call (outcome 'open'), completed after it.
create table request (
  id                 varchar(36)  primary key,
  instance_id        varchar(36)  not null,
  begun_millis       bigint       not null,
  ended_millis       bigint,
  who                varchar(255) not null,
  key_id             varchar(64)  not null,
  team_id            varchar(64)  not null,
  dialect            varchar(32)  not null,
  asked              varchar(512) not null,
  model              varchar(512),
  digest             varchar(128),
  provider           varchar(64),
  provider_id        varchar(255),
  route              varchar(4000),
  outcome            varchar(16)  not null,
  finish             varchar(32),
  failure            varchar(1000),
  counts             varchar(16)  not null,
  prompt_tokens      bigint       not null,
  cached_tokens      bigint       not null,
  cache_write_tokens bigint       not null,
  completion_tokens  bigint       not null,
  reasoning_tokens   bigint       not null,
  other_tokens       varchar(2000),
  first_token_micros bigint,
  duration_micros    bigint,
  cost_picos         bigint,
  unsure_picos       bigint       not null,
  worst_picos        bigint,
  worst_tokens       bigint       not null,
  holds              varchar(1000) not null,
  prices             varchar(64)  not null,
  energy_microjoules bigint,
  metadata           varchar(4000)
);
create index request_by_time on request (begun_millis);
create index request_by_key on request (key_id, begun_millis);
create index request_by_provider_id on request (provider_id);
create index request_open on request (instance_id) where outcome = 'open';

-- What was asked and answered, only where the policy says so.
create table request_text (
  request_id varchar(36) primary key,
  prompt     text,
  answer     text
);

-- Keys belong to at most one team.
create table team (
  id             varchar(64)  primary key,
  name           varchar(255) not null unique,
  created_millis bigint       not null
);
create table team_key (
  key_id  varchar(64) primary key,
  team_id varchar(64) not null references team (id)
);

-- How much a subject ('key', 'team', or 'all' with an empty id) may spend in each period.
create table budget (
  id             varchar(36) primary key,
  subject_kind   varchar(8)  not null,
  subject_id     varchar(64) not null,
  period         varchar(8)  not null,
  limit_picos    bigint,
  limit_tokens   bigint,
  created_millis bigint      not null,
  unique (subject_kind, subject_id, period)
);

-- What of a budget is spent and reserved in the period that begins on a day (days since 1970, UTC).
create table budget_window (
  budget_id       varchar(36) not null,
  start_day       bigint      not null,
  spent_picos     bigint      not null,
  reserved_picos  bigint      not null,
  spent_tokens    bigint      not null,
  reserved_tokens bigint      not null,
  primary key (budget_id, start_day)
);

-- How fast a subject may ask, and for which models (names or patterns, one a line); null is "no limit".
create table allowance (
  subject_kind        varchar(8)  not null,
  subject_id          varchar(64) not null,
  requests_per_minute bigint,
  tokens_per_minute   bigint,
  parallel            bigint,
  models              varchar(4000),
  primary key (subject_kind, subject_id)
);
