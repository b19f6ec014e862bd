-- Keys of the server. Of the key itself only the SHA-256 is kept: its 256 random bits cannot be guessed from that.
create table api_key (
  id                  varchar(36) primary key,
  name                varchar(255) not null,
  hash                varchar(64)  not null unique,
  scopes              varchar(255) not null,
  models              varchar(8192),
  requests_per_minute integer,
  tokens_per_minute   integer,
  created_millis      bigint not null,
  expires_millis      bigint,
  revoked_millis      bigint,
  used_millis         bigint
);
