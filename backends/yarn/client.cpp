#include "backends/yarn/client.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "core/base/text.hpp"

namespace ketrew::yarn {
namespace {

constexpr std::string_view client_class =
    "org.apache.hadoop.yarn.applications.distributedshell.Client";
constexpr std::string_view line_mark = "ketrew-client ";

// ketrew_read_id FOLDER MODE sets ketrew_id. The words are those of Hadoop's YarnClientImpl ("...
// Submitted application ID") and of Spark's yarn.Client; the former alone mean that YARN has it.
constexpr std::string_view look = R"sh(
ketrew_read_id() {
  ketrew_words='submitted +application'
  [ "$2" != application ] || ketrew_words="$ketrew_words|submitting +application|application +report +for"
  ketrew_words="($ketrew_words) +application_[0-9]+_[0-9]+"
  ketrew_id=$(cat "$1/out" "$1/err" 2>/dev/null | grep -a -i -m 1 -E -o "$ketrew_words" |
    sed 's/.*\(application_[0-9]*_[0-9]*\)$/\1/')
}
ketrew_client_runs() {
  ketrew_pid=
  { read -r ketrew_pid <"$1/pid"; } 2>/dev/null
  case $ketrew_pid in ''|*[!0-9]*) return 1 ;; esac
  if [ -r /proc/self/environ ]; then
    grep -a -q "KETREW_TOKEN=$2" "/proc/$ketrew_pid/environ" 2>/dev/null
  else
    kill -0 "$ketrew_pid" 2>/dev/null
  fi
}
ketrew_look_at_client() {
  ketrew_c=$ketrew_root/$1/client ketrew_mode= ketrew_line=
  if ! { read -r ketrew_mode <"$ketrew_c/mode"; } 2>/dev/null; then
    if ls "$ketrew_root/" >/dev/null 2>&1 && [ ! -e "$ketrew_c/mode" ] &&
        { [ ! -e "$ketrew_root/$1" ] || ls "$ketrew_root/$1/" >/dev/null 2>&1; }; then
      echo "ketrew-client $1 - none"
    else
      echo "ketrew-client $1 - unreadable"
    fi
    ketrew_open="$ketrew_open $1"
    return
  fi
  ketrew_runs=
  ketrew_client_runs "$ketrew_c" "$1" && ketrew_runs=1
  ketrew_read_id "$ketrew_c" "$ketrew_mode"
  if [ -n "$ketrew_id" ]; then echo "ketrew-client $1 $ketrew_mode named $ketrew_id"
  else
    ketrew_open="$ketrew_open $1"
    if [ -n "$ketrew_runs" ]; then echo "ketrew-client $1 $ketrew_mode running"; return; fi
    { read -r ketrew_line <"$ketrew_c/exit"; } 2>/dev/null
    echo "ketrew-client $1 $ketrew_mode ended $ketrew_line"
  fi
}
)sh";

constexpr std::string_view end = R"sh(
ketrew_end_client() {
  ketrew_c=$ketrew_root/$1/client
  ketrew_client_runs "$ketrew_c" "$1" || return 0
  if [ -e "$ketrew_c/told" ]; then
    kill -s KILL -- "-$ketrew_pid" 2>/dev/null
  else
    kill -s TERM -- "-$ketrew_pid" 2>/dev/null
    : >"$ketrew_c/told"
  fi
}
)sh";

constexpr std::string_view find_jar = R"sh(
if [ -z "$ketrew_jar" ]; then
  ketrew_name=hadoop-yarn-applications-distributedshell
  for ketrew_path in "${HADOOP_YARN_HOME:-/none}/share/hadoop/yarn/$ketrew_name"-*.jar \
      "${HADOOP_HOME:-/none}/share/hadoop/yarn/$ketrew_name"-*.jar \
      "${HADOOP_YARN_HOME:-/none}/$ketrew_name"*.jar \
      "/opt/cloudera/parcels/CDH/lib/hadoop-yarn/$ketrew_name.jar"; do
    case $ketrew_path in *-sources.jar|*-tests.jar) continue ;; esac
    [ ! -r "$ketrew_path" ] || ketrew_jar=$ketrew_path
  done
fi
)sh";

// $@: the client. The shell around it writes `exit`; a script with records of its own does itself.
constexpr std::string_view launch = R"sh(
umask 077
# One of an earlier submission, which a find has proven to have come to nothing.
[ ! -e client ] || mv client "client.before-$$" || exit 1
mkdir client && echo "$ketrew_mode" >client/mode || exit 1
if [ "$ketrew_mode" = application ]; then
  ln -sf client/out out; ln -sf client/err err; ln -sf client/log log
  setsid nohup "$@" </dev/null >/dev/null 2>>client/err &
else
  setsid nohup /bin/sh -c '"$@"
    printf "exit code=%s end\n" "$?" >client/exit.tmp && mv -f client/exit.tmp client/exit' \
    ketrew-client "$@" </dev/null >client/out 2>client/err &
fi
ketrew_pid=$!
echo "$ketrew_pid" >client/pid
ketrew_turns=0
while :; do
  ketrew_over=
  [ ! -e client/exit ] && kill -0 "$ketrew_pid" 2>/dev/null || ketrew_over=1
  ketrew_read_id client "$ketrew_mode"
  [ -z "$ketrew_id$ketrew_over" ] && [ "$ketrew_turns" -lt "$ketrew_most_turns" ] || break
  ketrew_turns=$((ketrew_turns + 1))
  sleep 0.1 2>/dev/null || { sleep 1; ketrew_turns=$((ketrew_turns + 9)); }
done
ketrew_root=${PWD%/*}
ketrew_look_at_client "$KETREW_TOKEN"
if [ -z "$ketrew_id" ]; then
  grep -a -h -m 2 -E 'Initializing Client|Submitting application' client/err client/out
  head -c 6000 client/err; echo; tail -n 20 client/err; head -n 5 client/out; tail -n 10 client/out
fi 2>/dev/null
[ -n "$ketrew_id" ] && [ "$ketrew_mode" != application ] || exit 0
if [ "$ketrew_seconds" = 0 ]; then
  kill -s TERM -- "-$ketrew_pid" 2>/dev/null
else
  setsid nohup /bin/sh -c '"$1" application -appId "$2" -updateLifetime "$3" >client/lifetime 2>&1
    if grep -q "Successfully updated" client/lifetime; then kill -s TERM -- "-$4"; fi' \
    ketrew-lifetime "$ketrew_yarn" "$ketrew_id" "$ketrew_seconds" "$ketrew_pid" \
    </dev/null >/dev/null 2>&1 &
fi
exit 0
)sh";

// About the options of the job; a client that says one of these does so before it submits.
constexpr std::array<std::string_view, 6> for_ever = {
    "UnrecognizedOptionException", "MissingArgumentException", "IllegalArgumentException",
    "NumberFormatException",       "ResourceNotFoundException", "AmbiguousOptionException"};
// What it prints after the words about an option that it cannot read.
constexpr std::string_view usage = "usage: Client";

std::optional<ClientStand> stand_of(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, ClientStand>, 5> words = {{
      {"named", ClientStand::named},
      {"running", ClientStand::running},
      {"ended", ClientStand::ended},
      {"none", ClientStand::none},
      {"unreadable", ClientStand::unreadable},
  }};
  for (const auto& [name, stand] : words)
    if (name == word) return stand;
  return std::nullopt;
}

std::string client_words(const JobOptions& options, const Site& site, const std::string& token) {
  const std::int64_t most_ms = std::numeric_limits<std::int32_t>::max();
  const bool none = options.timeout_seconds == 0 || options.timeout_seconds > most_ms / 1000;
  const std::int64_t timeout_ms = none ? most_ms : options.timeout_seconds * 1000;
  const std::string hadoop = options.hadoop_bin.empty() ? site.hadoop_bin : options.hadoop_bin;
  std::vector<std::string> words = {"-num_containers",   "1",
                                    "-appname",          application_name(options, token),
                                    "-container_memory", std::to_string(options.memory_mib),
                                    "-container_vcores", std::to_string(options.vcores),
                                    "-timeout",          std::to_string(timeout_ms)};
  if (!options.queue.empty()) words.insert(words.end(), {"-queue", options.queue});
  words.insert(words.end(), options.raw_options.begin(), options.raw_options.end());
  return shell_quote(hadoop) + " jar \"$ketrew_jar\" " + std::string(client_class) +
         " -jar \"$ketrew_jar\" -shell_script \"$PWD/script\" " + shell_quote(words);
}

}  // namespace

std::string look_functions() { return std::string(look); }
std::string find_jar_text() { return std::string(find_jar); }
std::string end_functions() { return std::string(end); }

std::string launch_text(const JobOptions& options, const Site& site, const std::string& token) {
  std::string text(look);
  const std::string jar = options.jar.empty() ? site.distributed_shell_jar : options.jar;
  text += "KETREW_TOKEN=" + token + "\nexport KETREW_TOKEN\n";
  text += "ketrew_mode=" + std::string(to_string(options.mode)) + " ketrew_most_turns=150\n";
  text += "ketrew_seconds=" + std::to_string(options.timeout_seconds) +
          " ketrew_yarn=" + shell_quote(site.yarn_bin) + " ketrew_open=\n";
  if (options.mode == Mode::application) {
    text += "set -- /bin/sh \"$PWD/script\"\n";
  } else {
    text += "ketrew_jar=" + shell_quote(jar) + "\n";
    text += find_jar;
    text += "set -- " + client_words(options, site, token) + "\n";
  }
  text += launch;
  return text;
}

std::map<std::string, Client> read_clients(const std::string& out) {
  std::map<std::string, Client> clients;
  std::size_t begin = 0;
  for (std::size_t end_of_line; (end_of_line = out.find('\n', begin)) != std::string::npos;
       begin = end_of_line + 1) {
    std::string_view line(out.data() + begin, end_of_line - begin);
    if (line.substr(0, line_mark.size()) != line_mark) continue;
    const auto fields = split(line.substr(line_mark.size()), ' ');
    if (fields.size() < 3) continue;
    const auto stand = stand_of(fields[2]);
    const auto mode = parse_mode(fields[1]);
    if (!stand || (!mode && fields[1] != "-")) continue;
    Client client;
    client.mode = mode.value_or(Mode::shell);
    client.stand = *stand;
    if (*stand == ClientStand::named) {
      if (fields.size() != 4 || !is_application_id(fields[3])) continue;
      client.application_id = fields[3];
    }
    if (*stand == ClientStand::ended && fields.size() > 4) {
      const std::vector<std::string> words(fields.begin() + 3, fields.end());
      if (auto record = host::parse_exit(join(words, " ") + "\n")) client.exit = std::move(*record);
    }
    clients.try_emplace(fields[0], std::move(client));
  }
  return clients;
}

std::optional<Refusal> read_refusal(const std::string& said) {
  // The client's second line when all is well, and the one before it hands the application over:
  // past that, or where a site has turned such lines off, only YARN knows.
  if (said.find("Initializing Client") == std::string::npos ||
      said.find("Submitting application") != std::string::npos)
    return std::nullopt;
  std::string why, before;
  for (const auto& line : split(said, '\n')) {
    if (line.rfind(usage, 0) == 0) return Refusal{true, one_line(before)};
    for (const std::string_view word : for_ever)
      if (line.find(word) != std::string::npos) return Refusal{true, one_line(line)};
    if (why.empty() && line.find("Exception:") != std::string::npos) why = line;
    if (!trim(line).empty()) before = line;
  }
  if (why.empty()) return std::nullopt;
  return Refusal{false, one_line(why)};
}

}  // namespace ketrew::yarn
