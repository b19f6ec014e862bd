-- Conversations of the web page. Each belongs to one owner; nobody else sees it.
create table conversation (
  id             varchar(36)  primary key,
  owner          varchar(255) not null,
  title          varchar(512) not null,
  folder         varchar(255),
  pinned         smallint     not null,
  settings       text         not null,
  leaf_id        varchar(36),
  created_millis bigint       not null,
  updated_millis bigint       not null
);
create index conversation_by_owner on conversation (owner, updated_millis);

-- Its messages are a tree: each but the first ones answers another. An edited question or an answer asked for again is
-- a sibling, and nothing is overwritten. body is for reading and searching, detail holds the rest as JSON.
create table conversation_message (
  conversation_id varchar(36) not null references conversation (id) on delete cascade,
  id              varchar(36) not null,
  parent_id       varchar(36),
  position        bigint      not null,
  role            varchar(16) not null,
  state           varchar(16) not null,
  body            text        not null,
  detail          text        not null,
  created_millis  bigint      not null,
  primary key (conversation_id, id)
);
create index conversation_message_by_position on conversation_message (conversation_id, position);
