# shellcheck shell=bash
# The search engine of a set: OpenSearch, from its own published archives, on Debian's Java. Nothing waits for it: `up`
# starts this part in the background, and until the engine answers search is the database's. The archives are taken once a
# checkout (.dev/engine), their checksums are known here, and unpacked files are shared by all sets; each set has its own
# configuration, data, port and process.

ENGINE_VERSION=2.19.6
ENGINE_DIR=$ROOT/.dev/engine/opensearch-$ENGINE_VERSION
ENGINE_MAVEN_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy
# artifact|file|SHA-256
ENGINE_PARTS=(
  "org.opensearch.distribution.integ-test-zip:opensearch:$ENGINE_VERSION:zip|opensearch-$ENGINE_VERSION.zip|71d6d8b1c637f3faecda0752b184b1cc526fc6eaad59ec1408c6327bb00b9293"
  "org.opensearch.plugin:analysis-common:$ENGINE_VERSION|analysis-common-$ENGINE_VERSION.jar|187378844d92a043b935038f9ae168f7812f686b1c1c7128f8b97731baff8a1a"
  "org.opensearch.plugin:mapper-extras-client:$ENGINE_VERSION|mapper-extras-client-$ENGINE_VERSION.jar|4a486870432b71a190dca3aaba91f1fba58837e4a4146b2982e8a938164a9a34"
)
# Memory of its Java heap, megabytes.
ENGINE_HEAP=512

# Sets that measure or break other things do without it.
WITH_SEARCH=yes

# Nothing where there is no engine.
search_url() { [[ $WITH_SEARCH == no ]] || printf 'http://127.0.0.1:%s' "$(port search)"; }

# engine_module NAME JAR CLASS : a jar as a module of the engine.
engine_module() {
  local dir=$1/modules/$2
  mkdir -p "$dir"
  cp "$3" "$dir/"
  cat >"$dir/plugin-descriptor.properties" <<TEXT
description=$2
version=$ENGINE_VERSION
name=$2
classname=$4
java.version=11
opensearch.version=$ENGINE_VERSION
custom.foldername=
extended.plugins=
has.native.controller=false
TEXT
}

# The engine's files, made beside their place and moved in whole. One checkout's sets do it once, one after the other.
install_engine() (
  [[ ! -d $ENGINE_DIR ]] || exit 0
  mkdir -p "${ENGINE_DIR%/*}"
  exec 6>"${ENGINE_DIR%/*}/lock"
  flock 6
  [[ ! -d $ENGINE_DIR ]] || exit 0
  made=${ENGINE_DIR%/*}/made
  rm -rf "$made"
  mkdir -p "$made/out"
  for part in "${ENGINE_PARTS[@]}"; do
    IFS='|' read -r artifact file sum <<<"$part"
    mvn -q -B "-Dmaven.repo.local=$made/m2" "$ENGINE_MAVEN_PLUGIN" "-Dartifact=$artifact" "-DoutputDirectory=$made/out"
    sha256sum --check --quiet <<<"$sum  $made/out/$file"
  done
  (cd "$made" && unzip -q "out/opensearch-$ENGINE_VERSION.zip")
  home=$made/opensearch-$ENGINE_VERSION
  engine_module "$home" analysis-common "$made/out/analysis-common-$ENGINE_VERSION.jar" org.opensearch.analysis.common.CommonAnalysisPlugin
  engine_module "$home" mapper-extras "$made/out/mapper-extras-client-$ENGINE_VERSION.jar" org.opensearch.index.mapper.MapperExtrasPlugin
  chmod -R go+rX "$home"
  mv "$home" "$ENGINE_DIR"
  rm -rf "$made"
)

configure_search() {
  local home=$DIR/search
  mkdir -p "$home/config" "$home/data" "$home/logs" "$home/tmp"
  cat >"$home/config/opensearch.yml" <<TEXT
cluster.name: docde
node.name: docde
discovery.type: single-node
network.host: 127.0.0.1
http.port: $(port search)
transport.port: $(port search_transport)
path.data: $home/data
path.logs: $home/logs
cluster.routing.allocation.disk.threshold_enabled: false
action.auto_create_index: false
TEXT
  cat >"$home/config/jvm.options" <<TEXT
-Xms${ENGINE_HEAP}m
-Xmx${ENGINE_HEAP}m
-XX:+UseSerialGC
-XX:TieredStopAtLevel=4
-Djava.io.tmpdir=$home/tmp
-Dlog4j2.disable.jmx=true
-Dopensearch.networkaddress.cache.ttl=60
-XX:-HeapDumpOnOutOfMemoryError
TEXT
  cp "$ENGINE_DIR/config/log4j2.properties" "$home/config/"
}

# The engine does not run as root. Where root may, it is given another name in a namespace of its own, and keeps reaching
# its files; else it runs as nobody, who has to be able to reach them.
unprivileged() {
  if ((EUID != 0)); then return; fi
  if unshare --user --map-user=65534 --map-group=65534 true 2>/dev/null; then
    printf '%s\n' unshare --user --map-user=65534 --map-group=65534
  else
    chown -R nobody "$DIR/search"
    printf '%s\n' setpriv --reuid=nobody --regid=nogroup --clear-groups
  fi
}

launch_search() {
  if alive search; then return; fi
  local as=()
  claim_port search
  claim_port search_transport
  configure_search
  mapfile -t as < <(unprivileged)
  launch search env -u JAVA_TOOL_OPTIONS OPENSEARCH_PATH_CONF="$DIR/search/config" OPENSEARCH_TMPDIR="$DIR/search/tmp" \
    OPENSEARCH_JAVA_HOME="$(java_home)" OPENSEARCH_JAVA_OPTS= "${as[@]}" "$ENGINE_DIR/bin/opensearch"
}

java_home() {
  local java
  java=$(readlink -f "$(command -v java)")
  printf '%s' "${java%/bin/java}"
}

search_ready() { curl -fsS --noproxy '*' --max-time 2 -o /dev/null "$(search_url)/_cluster/health?wait_for_status=yellow&timeout=1s" 2>/dev/null; }

await_search() {
  await search 180 search_ready
  write_run search "$(port search)"
}

# Installs and starts it without being waited for.
start_search_in_background() {
  if [[ $WITH_SEARCH == no ]] || alive search || alive search-setup; then return; fi
  # Known from now on: whoever asks before it answers is told by the database.
  claim_port search
  launch search-setup env DOCDE_DEV_DIR="$DIR" "$ROOT/dev" infra start search
}

stop_search() {
  stop search-setup 5
  stop search 20
}
