# Sourced by mvnw and dalang. Plain POSIX sh; starts no JVM, since the `release` file of every JDK names its version.

JDK_WANTED=25

# jdk_major HOME -> $version, and its feature release as $major; 0 when there is no whole JDK in HOME.
jdk_major() {
  major=0
  version=
  [ -r "$1/release" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
  while IFS='=' read -r key value || [ -n "$key" ]; do
    [ "$key" = JAVA_VERSION ] || continue
    version=${value#\"}
    version=${version%\"}
    major=${version%%[!0-9]*}
    major=${major:-0}
  done <"$1/release"
}

# resolve_links FILE -> $resolved: FILE with every symbolic link at its end followed (no readlink -f: macOS lacked it).
resolve_links() {
  resolved=$1
  while [ -h "$resolved" ]; do
    link=$(readlink "$resolved")
    case $link in
      /*) resolved=$link ;;
      *) resolved=${resolved%/*}/$link ;;
    esac
  done
}

# find_jdk -> $jdk and $jdk_version: JAVA_HOME or the java on PATH when new enough, else the oldest sufficient JDK of the usual
# folders, which is the nearest to the one that Dalang is tested with. Status 1 and $jdk empty when there is none.
find_jdk() {
  jdk=
  if [ -n "${JAVA_HOME:-}" ]; then
    jdk_major "$JAVA_HOME"
    [ "$major" -ge "$JDK_WANTED" ] && jdk=$JAVA_HOME && jdk_version=$version && return 0
  fi
  resolve_links "$(command -v java || :)"
  case $resolved in
    */bin/java)
      jdk_major "${resolved%/bin/java}"
      [ "$major" -ge "$JDK_WANTED" ] && jdk=${resolved%/bin/java} && jdk_version=$version && return 0
      ;;
  esac
  best=
  for candidate in \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/java/* /opt/* /opt/java/* /opt/jdk/* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.gradle/jdks/* \
    "${HOME:-}"/.local/share/mise/installs/java/* "${HOME:-}"/.asdf/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    jdk_major "$candidate"
    [ "$major" -ge "$JDK_WANTED" ] || continue
    if [ -z "$best" ] || [ "$major" -lt "$best" ]; then
      best=$major
      jdk=$candidate
      jdk_version=$version
    fi
  done
  [ -n "$jdk" ]
}

# require_jdk NAME: find_jdk, or one line and the end of the script.
require_jdk() {
  find_jdk && return 0
  echo "$1: no JDK $JDK_WANTED or newer found (looked at JAVA_HOME, PATH and the usual install folders);" \
    "install one, for example from https://adoptium.net, or set JAVA_HOME to it" >&2
  exit 1
}
