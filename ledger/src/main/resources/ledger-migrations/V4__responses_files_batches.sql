-- Responses that clients may look up and go on from. A key sees its own (owner) and no others.
create table response (
  id             varchar(128) primary key,
  owner          varchar(255) not null,
  created_millis bigint       not null,
  status         varchar(16)  not null,
  previous_id    varchar(128),
  background     integer      not null,
  -- What was asked, so that a response in the background goes on after a restart, and the response, as JSON.
  request        text         not null,
  body           text         not null,
  -- The events of a response that was streamed in the background, one a line.
  events         text
);
create index response_by_owner on response (owner, created_millis);
create index response_by_status on response (status);

-- The items that went into a response, and those that came out of it.
create table response_item (
  response_id varchar(128) not null references response (id) on delete cascade,
  side        varchar(8)   not null,
  place       integer      not null,
  id          varchar(255) not null,
  body        text         not null,
  primary key (response_id, side, place)
);
create index response_item_by_id on response_item (id);

-- Files that clients uploaded or that batches wrote; their bytes lie in the folder "files" beside this database.
create table stored_file (
  id             varchar(64)   primary key,
  owner          varchar(255)  not null,
  created_millis bigint        not null,
  expires_millis bigint,
  name           varchar(1024) not null,
  purpose        varchar(32)   not null,
  bytes          bigint        not null
);
create index stored_file_by_owner on stored_file (owner, created_millis);

-- Many requests as one piece of work. The body is the batch as clients see it, JSON.
create table batch (
  id             varchar(64)  primary key,
  owner          varchar(255) not null,
  created_millis bigint       not null,
  status         varchar(16)  not null,
  body           text         not null
);
create index batch_by_owner on batch (owner, created_millis);
create index batch_by_status on batch (status);
