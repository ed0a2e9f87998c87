// `check`: can it work on this host, and what does that which is missing mean.
#include "backends/yarn/client.hpp"
#include "backends/yarn/command.hpp"
#include "backends/yarn/rest.hpp"
#include "backends/yarn/scheduler.hpp"
#include "core/base/text.hpp"

namespace ketrew::yarn {
namespace {

using sdk::CheckEntry;
using sdk::CheckLevel;
using sdk::batch::ShellOutput;

// A line "ketrew-check NAME WORDS" for each.
constexpr std::string_view commands = R"sh(
ketrew_command() {
  if command -v "$2" >/dev/null 2>&1; then echo "ketrew-check $1 $(command -v "$2")"
  else echo "ketrew-check $1"; fi
}
)sh";

std::string line_of(const std::string& out, const std::string& name) {
  const std::string begin = "ketrew-check " + name;
  for (const auto& line : split(out, '\n'))
    if (line.substr(0, begin.size()) == begin) return std::string(trim(line.substr(begin.size())));
  return {};
}

// One entry: what is there, or all that is missing.
CheckEntry commands_entry(const std::string& out, const std::vector<std::string>& names) {
  std::vector<std::string> there, missing;
  for (const auto& name : names) {
    const std::string path = line_of(out, name);
    if (path.empty())
      missing.push_back(name);
    else
      there.push_back(path);
  }
  if (missing.empty()) return {"commands", CheckLevel::ok, join(there, ", ")};
  return {"commands", CheckLevel::error,
          "not found: " + join(missing, ", ") +
              ". Jobs of this backend cannot be started or not be followed here: name the folder with "
              "the option `bin`, or use a host that has them"};
}

CheckEntry away(const std::string& why) {
  return {"ResourceManager", CheckLevel::error,
          why + ": while the ResourceManager is away no job can be started; those that run go on, and "
                "there is no news of them"};
}

std::string text_at(const Json& object, const char* key) {
  const auto at = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

void check_rest(const ShellOutput& output, std::vector<CheckEntry>& entries) {
  const RestAnswer rest = read_rest(output);
  Result<Json> info = fail(ErrorKind::unavailable, rest.problem), metrics = info;
  for (const auto& document : rest.documents) {
    if (document.path == "info") info = read_object(document, "clusterInfo");
    if (document.path == "metrics") metrics = read_object(document, "clusterMetrics");
  }
  if (!info || !rest.problem.empty()) {
    const std::string why = rest.problem.empty() ? info.error().text() : rest.problem;
    entries.push_back(away(why));
    return;
  }
  entries.push_back({"ResourceManager", CheckLevel::ok,
                     "ResourceManager " + text_at(*info, "resourceManagerVersion") + " is " +
                         text_at(*info, "haState")});
  if (const std::string store = text_at(*info, "rmStateStoreName");
      store.find("NullRMStateStore") != std::string::npos)
    entries.push_back({"state store", CheckLevel::warning,
                       "the ResourceManager keeps no state: when it is restarted it forgets all "
                       "applications, and jobs without an exit file are lost"});
  const Json nodes = metrics && metrics->is_object() ? metrics->value("activeNodes", Json()) : Json();
  if (nodes == 0)
    entries.push_back({"nodes", CheckLevel::warning, "no NodeManager is active: jobs wait"});
  else if (nodes.is_number_integer())
    entries.push_back({"nodes", CheckLevel::ok, nodes.dump() + " active"});
}

}  // namespace

std::string Yarn::check_command() const {
  std::string text(commands);
  text += "ketrew_command hadoop " + shell_quote(site_.hadoop_bin) + "\n";
  text += "ketrew_command yarn " + shell_quote(site_.yarn_bin) + "\n";
  text += "ketrew_command setsid setsid\nketrew_command curl curl\n";
  text += "ketrew_jar=" + shell_quote(site_.distributed_shell_jar) + "\n";
  text += find_jar_text();
  text += "[ ! -r \"$ketrew_jar\" ] || echo \"ketrew-check jar $ketrew_jar\"\n";
  if (site_.has_rest())
    text += rest_functions(site_) + "ketrew_rest info metrics\n";
  else
    text += "command -v " + shell_quote(site_.yarn_bin) + " >/dev/null 2>&1 || return 0\n" +
            shell_quote(site_.yarn_bin) + " application -list </dev/null\n";
  return text;
}

std::vector<CheckEntry> Yarn::read_check(const ShellOutput& output) const {
  std::vector<CheckEntry> entries;
  std::vector<std::string> needed = {"hadoop", "yarn", "setsid"};
  if (site_.has_rest()) needed.push_back("curl");
  entries.push_back(commands_entry(output.out, needed));
  const std::string jar = line_of(output.out, "jar");
  entries.push_back({"distributed shell", jar.empty() ? CheckLevel::warning : CheckLevel::ok,
                     jar.empty() ? "no jar of it: jobs have to name one in "
                                   "distributed_shell_shell_jar, or use the mode application"
                                 : jar});
  if (site_.has_rest()) {
    if (!line_of(output.out, "curl").empty()) check_rest(output, entries);
    return entries;
  }
  if (line_of(output.out, "yarn").empty()) return entries;
  const auto list = read_list(output.out);
  if (list)
    entries.push_back({"ResourceManager", CheckLevel::warning,
                       "the ResourceManager is asked with the yarn command, which takes seconds each time: name it in "
                       "the option resource_manager where its REST interface can be reached"});
  else
    entries.push_back(away(list.error().text() + ": " + one_line(output.err)));
  return entries;
}

}  // namespace ketrew::yarn
