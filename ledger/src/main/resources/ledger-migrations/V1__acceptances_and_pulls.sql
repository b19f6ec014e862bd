-- Who agreed to which licence text. Rows are added and never changed.
create table acceptance (
  id           varchar(36) primary key,
  who          varchar(255) not null,
  at_millis    bigint       not null,
  licence      varchar(255) not null,
  text_digest  varchar(71)  not null,
  model        varchar(512) not null,
  model_digest varchar(71),
  how          varchar(64)  not null
);
create index acceptance_by_text on acceptance (who, text_digest);

-- Where each model came from: one row for a pull or import that ended well, one for each of its files.
create table pull (
  id        varchar(36) primary key,
  who       varchar(255)  not null,
  at_millis bigint        not null,
  model     varchar(512)  not null,
  kind      varchar(32)   not null,
  location  varchar(2048) not null,
  revision  varchar(255)
);
create index pull_by_model on pull (model, at_millis);

create table pull_file (
  pull_id varchar(36)  not null references pull (id),
  name    varchar(255) not null,
  digest  varchar(71)  not null,
  bytes   bigint       not null,
  primary key (pull_id, name)
);
create index pull_file_by_digest on pull_file (digest);
