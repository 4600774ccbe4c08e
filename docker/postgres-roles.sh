#!/bin/sh
# A role for each service, made when the volume is empty. The gateway owns the schema and keeps it up to date; the
# personal tools read and write their own tables, which a migration grants them. The superuser has no password: it comes
# in over the socket inside of this container only.
set -eu
psql --set ON_ERROR_STOP=1 --quiet --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set gateway_password="$POSTGRES_PASSWORD" --set tools_password="$PERSONAL_TOOLS_POSTGRES_PASSWORD" <<'SQL'
create role gateway login password :'gateway_password';
create role personal_tools login password :'tools_password';
alter database gateway owner to gateway;
revoke all on database gateway from public;
grant connect on database gateway to personal_tools;
alter role postgres password null;
SQL
