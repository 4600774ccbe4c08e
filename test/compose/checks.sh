# What the documents for operators and docker-compose.yml promise, in the words of the documents.
passed=0 failed=0
check() {
  local what=$1
  shift
  if "$@" >"$work/out" 2>&1; then
    passed=$((passed + 1))
    printf '  ok    %s\n' "$what"
  else
    failed=$((failed + 1))
    printf '  FAIL  %s\n' "$what"
    tail -n 15 "$work/out"
  fi
}
run() { inside bash -o pipefail -c "set -e; . /in/library; $1"; }

cat >"$work/in/library" <<'LIBRARY'
C='docker compose'
A=http://127.0.0.1:3000/api J='Content-Type: application/json'
sign_in() { T=$(curl -fksS $A/auth/login -H "$J" -d '{"username":"ada","password":"correct horse battery"}' | sed 's/.*"accessToken":"\([^"]*\)".*/\1/'); }
say() { curl -fsS $A/chat -H "Authorization: Bearer $T" -H "$J" --data-binary "$(printf '{"profile_id":"%s","message":"%s"}' "$1" "$2")"; }
# The commands of the block `sh <name>` of docs, word for word.
documented() { awk -v at="\`\`\`sh $1" '$0==at{f=1;next}/^```/{f=0}f' docs/*.md >"/tmp/$1.sh"; [ -s "/tmp/$1.sh" ]; bash -e -o pipefail "/tmp/$1.sh"; }
all_healthy() { for i in $(seq 240); do [ "$($C ps --format '{{.Status}}' | grep -c '(healthy)')" = "${1:-4}" ] && return; sleep 0.5; done; return 1; }
psql_as() { $C exec -T -e PGPASSWORD="$2" postgres psql -qtA -h 127.0.0.1 -U "$1" -d gateway -c "$3"; }
secret() { sed -n "s/^$1=//p" .env; }
# What is known of the data of the newest former release: the first field of that name, which is the owner's.
F=$(ls -d test/upgrade/releases/* | sort -V | tail -n 1)
former() { sed -n "s/^ *\"$1\": \"\(.*\)\".*/\1/p" "$F/postgres.json" | head -n 1; }
LIBRARY

check 'compose refuses to start without secrets' run 'cp .env.example .env; ! $C config -q'
run 'for v in $(sed -n "/required .*by compose/{n;s/=$//p}" .env.example); do sed -i "s/^$v=$/$v=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d " \n")/" .env; done; chmod 600 .env'
run 'for v in JWT_SECRET PASSWORD_PEPPER; do sed -i "s/^$v=.*/$v=$(former $v)/" .env; done'
check 'the volume of PostgreSQL has the data of the former release' run '$C up --detach --wait postgres && gunzip -c $F/postgres.sql.gz | $C exec -T postgres psql -q -v ON_ERROR_STOP=1 -U gateway -d gateway && sed -n "/grant select on/,/end if/{/end if/d;p}" libs/persistence/src/migrations/20261126180000-personal-tools-role.ts | $C exec -T postgres psql -q -v ON_ERROR_STOP=1 -U gateway -d gateway'
check 'it builds, and all four become healthy, whatever the shell exports' run 'export EMAIL=ada@example.org HOST=elsewhere PORT=tcp://x:1 LOG_LEVEL=loud DPOP=x NODE_ENV=development; $C --progress plain up --detach --build --wait'
step 'compose is up'
[ "$failed" -eq 0 ] || { inside docker compose ps -a; inside docker compose logs --no-color --tail 15; exit 1; } # all that follows needs it
check 'ready, with shared counters' run 'curl -fsS http://127.0.0.1:3000/health/ready | grep -q "\"shared\":true"'
check 'the former release’s owner signs in with a second factor, and has everything' run 'c=$(curl -sS $A/auth/login -H "$J" -d "{\"username\":\"$(former username)\",\"password\":\"$(former password)\"}" | sed "s/.*\"challenge\":\"\([^\"]*\)\".*/\1/"); r=$(grep -A1 recoveryCodes $F/postgres.json | tail -n 1 | tr -d " \","); T=$(curl -fsS $A/auth/login/second-factor -H "$J" -d "{\"challenge\":\"$c\",\"recoveryCode\":\"$r\"}" | sed "s/.*\"accessToken\":\"\([^\"]*\)\".*/\1/"); say notes /list_notes | grep -q "Bread.*Milk" && curl -fsS $A/chat/conversations -H "Authorization: Bearer $T" | grep -q "Umbrella or not"'
check 'the former release’s audit trail is chained' run '$C exec -T gateway node dist/apps/gateway/src/cli.js audit verify'
for s in gateway personal-tools postgres redis; do
  check "$s: not root, no capability, no new privileges, read-only" run "\$C exec -T $s sh -c '[ \$(id -u) != 0 ] && grep -q \"CapBnd:.0000000000000000\" /proc/1/status && grep -q \"NoNewPrivs:.1\" /proc/1/status && ! touch /x /etc/x'"
  check "$s: limits, and no swap on top of the memory" run "docker inspect mcp-phone-gateway-$s-1 --format '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}' | { read m s c p; [ \$m -gt 0 ] && [ \$m = \$s ] && [ \$c = 1000000000 ] && [ \$p -gt 0 ]; }"
  check "$s: compose checks its health" run "docker inspect mcp-phone-gateway-$s-1 --format '{{.Config.Healthcheck.Test}}' | grep -q CMD"
done
check 'no service asks for more CPUs than one, unless told so' run '[ "$($C config | grep -E "^ +cpus: " | sort -u | tr -d " ")" = "cpus:1" ] && GATEWAY_CPUS=3 GATEWAY_MEMORY=1g $C config | grep -qE "cpus: 3"'
check 'Redis need not be healthy for the start' run '$C config | grep -A1 "^      redis:" | grep -q service_started'
check 'the user of the image is a number' run 'docker inspect mcp-phone-gateway:0.1.0 --format "{{.Config.User}}" | grep -qx 1000:1000'
check 'no TypeScript in the image' run '! $C exec -T gateway test -e node_modules/typescript && ! $C exec -T gateway sh -c "find /app -name tsc -o -name tsserver.js | grep -q ."'
check 'no way out of the inside network' run '! $C exec -T personal-tools grep -q "^eth[0-9]*.00000000" /proc/net/route'
check 'no anonymous volume' run '[ "$(docker volume ls -q | sort | xargs)" = "mcp-phone-gateway_gateway-data mcp-phone-gateway_postgres-data" ]'
check 'the log says what it is bound to, and not each probe' run 'l=$($C logs --no-color --no-log-prefix gateway); grep -q "http://0.0.0.0:3000" <<<"$l" && ! grep -q "\"/health\"" <<<"$l"'
check 'no password of another service in the gateway' run '! $C exec -T gateway env | grep -qF -e "PERSONAL_TOOLS_POSTGRES_PASSWORD=$(secret PERSONAL_TOOLS_POSTGRES_PASSWORD)"'
run "awk '/^\`\`\`sh walk-through/{f=1;next}/^\`\`\`/{f=0}f' README.md >/walk.sh"
check 'the walk-through of the README' run 'bash /walk.sh | tee /walk.out; grep -q "Saved as note 1: Milk" /walk.out && ! grep -q "\"success\":false" /walk.out'
check 'the memory profile writes to the volume' run "sign_in; say memory '/create_entities {\\\"entities\\\":[{\\\"name\\\":\\\"Ada\\\",\\\"entityType\\\":\\\"person\\\",\\\"observations\\\":[]}]}' && \$C exec -T gateway sh -c 'grep -q Ada /app/data/users/*/memory.jsonl'"
check 'keys rotate, keys list' run '$C exec -T gateway node dist/apps/gateway/src/cli.js keys rotate; $C exec -T gateway node dist/apps/gateway/src/cli.js keys list | grep -q signs'
check 'the first administrator, as documented' run 'documented first-administrator <<<"a long pass phrase of its own"'

# Roles in PostgreSQL.
check 'neither service is superuser, or may make roles or databases' run '[ "$($C exec -T postgres psql -qtA -U postgres -c "select count(*) from pg_roles where rolname in (\$\$gateway\$\$, \$\$personal_tools\$\$) and not (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls)")" = 2 ]'
check 'the superuser has no password, so no way in over the network' run '! psql_as postgres "$(secret POSTGRES_PASSWORD)" "select 1"'
check 'the personal tools read their tables and no other' run 'p=$(secret PERSONAL_TOOLS_POSTGRES_PASSWORD); psql_as personal_tools "$p" "select count(*) from personal_notes"; for t in accounts sessions messages audit_records signing_keys; do ! psql_as personal_tools "$p" "select 1 from $t" || exit 1; done; ! psql_as personal_tools "$p" "create table x (y int)"'

for s in gateway personal-tools postgres redis; do
  check "$s comes back after kill -9" run "kill -9 \$(ps -o pid= --ppid \$(docker inspect mcp-phone-gateway-$s-1 --format '{{.State.Pid}}') | head -n 1); sleep 1; all_healthy"
done
check 'notes are there after the kills' run 'sign_in; say notes /list_notes | grep -q Milk'
check 'the address for TRUST_PROXY is the documented one, and stays' run 'a=$(documented proxy-address); [ "$a" = 172.30.77.1 ] && $C down && $C up --detach --wait && [ "$(documented proxy-address)" = "$a" ]'
check 'it starts without Redis' run '$C stop redis && $C restart gateway && for i in $(seq 120); do curl -fsS http://127.0.0.1:3000/health/ready | grep -q "\"shared\":false" && break; sleep 0.5; done; [ $i != 120 ]; $C start redis; for i in $(seq 120); do curl -fsS http://127.0.0.1:3000/health/ready | grep -q "\"shared\":true" && exit 0; sleep 0.5; done; exit 1'

# Backups, as documented.
check 'the dump is for its owner only, and git does not see it' run 'documented dump && [ -s gateway.dump ] && [ "$(stat -c %a gateway.dump)" = 600 ] && grep -qx "\*.dump" .gitignore'
check 'the users’ files are saved' run 'documented save-files && tar -tf users-files.dump | grep -q memory.jsonl && [ "$(stat -c %a users-files.dump)" = 600 ]'
run 'sign_in; say notes "/add_note title=Later text=x" >/dev/null; $C exec -T gateway sh -c "rm -r /app/data/users"'
check 'the dump is restored' run 'documented restore; all_healthy; sign_in; say notes /list_notes | grep -q Milk && ! say notes /list_notes | grep -q Later'
check 'the users’ files are restored, and belong to the gateway' run 'documented restore-files; [ "$($C exec -T gateway sh -c "stat -c %u /app/data/users/*/memory.jsonl")" = 1000 ] && sign_in && say memory /read_graph | grep -q Ada && say memory "/add_observations {\\\"observations\\\":[]}" | grep -q "\"success\":true"'
check 'roles keep what they may after the restore' run 'psql_as personal_tools "$(secret PERSONAL_TOOLS_POSTGRES_PASSWORD)" "select count(*) from personal_notes" && ! psql_as personal_tools "$(secret PERSONAL_TOOLS_POSTGRES_PASSWORD)" "select 1 from accounts"'

check 'a backup is made with a key that leaves the container, as documented' run 'documented backup-with-compose; [ "$(stat -c %a backup.key)" = 600 ] && tar -tf backups.dump | grep -q "\.age$" && ! $C exec -T gateway test -e /tmp/backup.key'
run 'sign_in; say notes "/add_note title=Afterwards text=x" >/dev/null'
check 'it is restored into an empty system, as documented' run 'documented restore-with-compose; all_healthy; sign_in; say notes /list_notes | grep -q Milk && ! say notes /list_notes | grep -q Afterwards && say memory /read_graph | grep -q Ada'
check 'the trail of a restored system has no gap' run '$C exec -T gateway node dist/apps/gateway/src/cli.js audit verify'

# Several gateways, and TLS in front of them.
check 'two gateways, as documented' run 'documented scale && curl -fsS http://127.0.0.1:3000/health/ready && curl -fsS http://127.0.0.1:3001/health/ready'
check 'TLS in front of one gateway, as documented' run 'documented tls && for i in $(seq 60); do curl -kfsS https://localhost/health/ready && break; sleep 0.5; done; [ $i != 60 ]'
check 'the proxy refuses plain HTTP, and redirects nothing' run '[ "$(curl -s -o /dev/null -w "%{http_code}" http://localhost/api/profiles)" = 403 ]'
check 'TLS in front of two, and both serve' run 'sed -i "s/^TRUST_PROXY=.*/TRUST_PROXY=172.30.77.2/; s/^GATEWAY_PORT=.*/GATEWAY_PORT=3000-3009/" .env; $C --profile tls up --detach --wait --scale gateway=2; for i in $(seq 60); do curl -ks https://localhost/api/profiles >/dev/null; n=0; for c in $($C ps -q gateway); do [ "$(docker logs "$c" 2>&1 | grep -c "\"/api/profiles\"")" -eq 0 ] || n=$((n + 1)); done; [ "$n" != 2 ] || exit 0; sleep 0.5; done; $C ps -a; $C --profile tls logs --no-color --tail 5 tls gateway; exit 1'
check 'TLS in front speaks HTTP/2, also for streams' run '[ "$(curl -ks --http2 -o /dev/null -w "%{http_version}" https://localhost/health)" = 2 ] && [ "$(curl -ks --http2 -o /dev/null -w "%{http_version} %{http_code}" https://localhost/api/chat -X POST -H "$J" -H "Accept: text/event-stream" -d {})" = "2 401" ]'
run 'for v in LIMIT_API=1000000/1h LIMIT_GLOBAL=100000/15m LIMIT_CHAT=100000/1m LIMIT_LOGIN=100/15m; do sed -i "s|^${v%%=*}=.*|$v|" .env; done; $C --profile tls up --detach --wait --scale gateway=2'
check 'a rolling restart under load, as documented: what is acknowledged is there once, and each stream has its end' run 'A=https://localhost/api; sign_in; rm -f /tmp/stop; NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_NO_WARNINGS=1 /in/base/node test/compose/phones.mjs /tmp/stop https://localhost "$T" & sleep 3; documented rolling-restart; sleep 2; touch /tmp/stop; wait $!'
step "$(tail -n 1 "$work/out")"
check 'Prometheus sees the gateway, and has the rules, as documented' run 'sed -i "s/^METRICS_PORT=.*/METRICS_PORT=9464/" .env; documented monitoring; for i in $(seq 120); do curl -fsS http://127.0.0.1:9090/api/v1/targets | grep -q "\"health\":\"up\"" && break; sleep 0.5; done; [ $i != 120 ] && curl -fsS http://127.0.0.1:9090/api/v1/rules | grep -q "\"GatewayErrors\""'
check 'stops on SIGTERM within 20 s, exit code 0' run 't=$SECONDS; $C --profile tls --profile monitoring stop; [ $((SECONDS - t)) -lt 20 ] && [ "$(docker inspect $(docker ps -aq) --format "{{.State.ExitCode}}" | sort -u)" = 0 ]'
