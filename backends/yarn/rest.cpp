#include "backends/yarn/rest.hpp"

#include <algorithm>
#include <charconv>

#include "core/base/text.hpp"

namespace ketrew::yarn {
namespace {

constexpr std::string_view mark = "\nketrew-rest ", begin_mark = "ketrew-rest-begin\n";

// `info` goes before all else: a ResourceManager answers while it still reads its own state, and then
// knows of no application. A file stands between curl and us: only a whole answer tells whether the
// next ResourceManager is to be asked. Behind each document stands a line of ours; none has such a
// line within.
constexpr std::string_view functions = R"sh(
ketrew_base= ketrew_active= ketrew_refused=
ketrew_urls() {
  for ketrew_path in "$@"; do
    printf 'url = "%s/ws/v1/cluster/%s"\n' "$ketrew_base" "$ketrew_path"
  done
}
ketrew_ask() {
  ketrew_curl -g -sS --fail-early --connect-timeout 5 --max-time "$ketrew_seconds" -K - \
    -H 'Accept: application/json' -w '\nketrew-rest %{http_code} %{url_effective}\n' \
    "$@" >"$ketrew_file"
}
ketrew_show() {
  ketrew_refused=$(sed -n 's#^ketrew-rest 40[0135] .*/ws/v1/cluster/##p' "$ketrew_file")
  echo; echo ketrew-rest-begin
  cat "$ketrew_file"
  rm -f "$ketrew_file"
}
ketrew_rest() {
  ketrew_file=$(mktemp "${TMPDIR:-/tmp}/ketrew-yarn.XXXXXX") || return 1
  for ketrew_base in $ketrew_bases; do
    ketrew_urls info "$@" | ketrew_ask
    if grep -q '"haState" *: *"ACTIVE"' "$ketrew_file"; then ketrew_active=1; break; fi
  done
  ketrew_show
}
ketrew_put() {
  ketrew_file=$(mktemp "${TMPDIR:-/tmp}/ketrew-yarn.XXXXXX") || return 1
  ketrew_words=$1
  shift
  ketrew_urls "$@" | ketrew_ask -X PUT -H 'Content-Type: application/json' -d "$ketrew_words"
  ketrew_show
}
)sh";

// The words of a page or an exception, for people.
std::string words_of(const RestDocument& document) {
  const Json json = Json::parse(document.body, nullptr, false);
  if (json.is_object() && json.contains("RemoteException")) {
    const Json& exception = json["RemoteException"];
    if (exception.is_object() && exception.contains("message") && exception["message"].is_string())
      return one_line(exception["message"].get<std::string>());
  }
  std::string text;
  bool tag = false;
  for (const char c : document.body.substr(0, 4000)) {
    if (c == '<') tag = true;
    if (!tag) text += c;
    if (c == '>') {
      tag = false;
      text += ' ';
    }
  }
  return one_line(trim(text), 200);
}

tl::unexpected<Error> not_it(const RestDocument& document, std::string_view what) {
  std::string words = words_of(document);
  if (document.code == 0)
    return fail(ErrorKind::unavailable, "the ResourceManager did not answer");
  return fail(ErrorKind::unavailable, "the ResourceManager's answer (HTTP " +
                                          std::to_string(document.code) + ") is not " +
                                          std::string(what) + (words.empty() ? "" : ": " + words));
}

bool says_not_found(const RestDocument& document) {
  if (document.code != 404) return false;
  const Json json = Json::parse(document.body, nullptr, false);
  if (!json.is_object() || !json.contains("RemoteException")) return false;
  const Json& exception = json["RemoteException"];
  return exception.is_object() && exception.value("exception", Json()) == "NotFoundException";
}

std::string text_at(const Json& app, const char* key) {
  const auto at = app.find(key);
  return at != app.end() && at->is_string() ? at->get<std::string>() : std::string();
}

std::optional<std::int64_t> number_at(const Json& app, const char* key) {
  const auto at = app.find(key);
  if (at == app.end() || !at->is_number_integer() || *at < 0) return std::nullopt;
  return at->get<std::int64_t>();
}

// ".../containerlogs/container_e17_1795603099666_0001_02_000001/root": of the second attempt.
std::uint32_t attempt_of(std::string_view url) {
  const auto begin = url.find("/container_");
  if (begin == std::string_view::npos) return 0;
  url.remove_prefix(begin + 1);
  const auto fields = split(url.substr(0, url.find('/')), '_');
  if (fields.size() < 5) return 0;
  const std::string& field = fields[fields.size() - 2];
  std::uint32_t number = 0;
  std::from_chars(field.data(), field.data() + field.size(), number);
  return number;
}

// What it asked for and has not been given, the first of it: the others are the same, by host.
std::string wanted_of(const Json& app) {
  const auto requests = app.find("resourceRequests");
  if (requests == app.end() || !requests->is_array()) return {};
  for (const Json& request : *requests) {
    if (!request.is_object() || request.value("resourceName", Json()) != "*") continue;
    const auto count = number_at(request, "numContainers");
    const auto capability = request.find("capability");
    if (!count || *count == 0 || capability == request.end() || !capability->is_object()) continue;
    const auto memory = number_at(*capability, "memory"), cores = number_at(*capability, "vCores");
    return std::to_string(*count) + (*count == 1 ? " container" : " containers") + " of " +
           std::to_string(memory.value_or(0)) + " MiB and " + std::to_string(cores.value_or(0)) +
           " vcores";
  }
  return {};
}

std::optional<Application> application_from(const Json& app) {
  if (!app.is_object()) return std::nullopt;
  Application out;
  out.id = text_at(app, "id");
  out.state = text_at(app, "state");
  if (!is_application_id(out.id) || out.state.empty()) return std::nullopt;
  out.name = text_at(app, "name");
  out.user = text_at(app, "user");
  out.queue = text_at(app, "queue");
  out.final_status = text_at(app, "finalStatus");
  out.diagnostics = text_at(app, "diagnostics");
  if (const std::string tags = text_at(app, "applicationTags"); !tags.empty())
    out.tags = split(tags, ',');
  out.node = text_at(app, "amHostHttpAddress");
  out.attempt = attempt_of(text_at(app, "amContainerLogs"));
  out.started_ms = number_at(app, "startedTime").value_or(0);
  out.attempt_told = out.started_ms > 0;  // not to somebody who may not view the application
  out.finished_ms = number_at(app, "finishedTime").value_or(0);
  out.containers = number_at(app, "runningContainers");
  out.memory_seconds = number_at(app, "memorySeconds");
  out.vcore_seconds = number_at(app, "vcoreSeconds");
  out.wanted = wanted_of(app);
  return out;
}

Result<Json> parse(const RestDocument& document, const std::string& key, std::string_view what) {
  if (document.code != 200 && document.code != 202) return not_it(document, what);
  Json json = Json::parse(document.body, nullptr, false);
  if (!json.is_object() || !json.contains(key)) return not_it(document, what);
  return std::move(json[key]);
}

}  // namespace

std::string rest_functions(const Site& site) {
  std::string bases, options;
  for (const auto& base : site.resource_managers) bases += (bases.empty() ? "" : " ") + base;
  for (const auto& option : site.curl_options) options += " " + shell_quote(option);
  // One that does not answer leaves time for the others.
  const std::size_t shares = std::max<std::size_t>(site.resource_managers.size(), 1);
  return "ketrew_bases=" + shell_quote(bases) + " ketrew_seconds=$((ketrew_patience / " +
         std::to_string(shares) + " + 1))\nketrew_curl() { ketrew_limited curl \"$@\"" + options +
         "; }\n" + std::string(functions);
}

namespace {

// The documents of what was printed, in order. A cut one is not there.
std::vector<RestDocument> documents_of(std::string_view rest) {
  std::vector<RestDocument> documents;
  for (;;) {
    const auto at = rest.find(mark);
    if (at == std::string_view::npos) break;
    std::string_view line = rest.substr(at + mark.size());
    const auto end = line.find('\n');
    if (end == std::string_view::npos) break;
    line = line.substr(0, end);
    RestDocument document;
    document.body = rest.substr(0, at);
    if (const auto begin = document.body.rfind(begin_mark); begin != std::string_view::npos)
      document.body.remove_prefix(begin + begin_mark.size());
    const auto blank = line.find(' ');
    std::from_chars(line.data(), line.data() + std::min(blank, line.size()), document.code);
    constexpr std::string_view root = "/ws/v1/cluster/";
    if (const auto path = line.find(root); path != std::string_view::npos) {
      document.path = line.substr(path + root.size());
      document.path = document.path.substr(0, document.path.find('?'));
    }
    documents.push_back(std::move(document));
    rest.remove_prefix(at + mark.size() + end + 1);
  }
  return documents;
}

// Why the documents after this `info` mean nothing; "" where they do.
std::string not_active(const RestDocument& info) {
  const auto cluster = read_object(info, "clusterInfo");
  if (!cluster) return cluster.error().text();
  const std::string state = cluster->is_object() ? text_at(*cluster, "haState") : std::string();
  if (state == "ACTIVE") return {};
  return "the ResourceManager is not active" + (state.empty() ? "" : ": " + one_line(state, 60));
}

}  // namespace

RestAnswer read_rest(const sdk::batch::ShellOutput& output) {
  RestAnswer answer;
  bool active = false;
  for (auto& document : documents_of(output.out)) {
    if (document.path == "info") {
      answer.problem = not_active(document);
      active = answer.problem.empty();
    }
    if (active || document.path == "info") answer.documents.push_back(std::move(document));
  }
  if (active) return answer;
  if (const std::string words = one_line(output.err); !words.empty())
    answer.problem = words;
  else if (answer.problem.empty())
    answer.problem = "the ResourceManager was not asked (is there curl on the host?)";
  return answer;
}

Result<std::vector<Application>> read_applications(const RestDocument& document) {
  auto apps = parse(document, "apps", "a list of applications");
  if (!apps) return pass(apps.error());
  std::vector<Application> list;
  if (apps->is_null() || (apps->is_object() && apps->empty())) return list;  // 2.x; 3.x
  if (!apps->is_object() || !apps->contains("app") || !(*apps)["app"].is_array())
    return not_it(document, "a list of applications");
  for (const Json& app : (*apps)["app"]) {
    auto application = application_from(app);
    if (!application) return not_it(document, "a list of applications");
    list.push_back(std::move(*application));
  }
  return list;
}

Result<Application> read_application(const RestDocument& document) {
  if (says_not_found(document)) return fail(ErrorKind::not_found, words_of(document));
  const auto app = parse(document, "app", "an application");
  if (!app) return pass(app.error());
  auto application = application_from(*app);
  if (!application) return not_it(document, "an application");
  return std::move(*application);
}

Result<std::string> read_state(const RestDocument& document) {
  if (says_not_found(document)) return fail(ErrorKind::not_found, words_of(document));
  const auto state = parse(document, "state", "the state of an application");
  if (!state) return pass(state.error());
  if (!state->is_string()) return not_it(document, "the state of an application");
  return state->get<std::string>();
}

Result<Json> read_object(const RestDocument& document, const std::string& name) {
  return parse(document, name, "an object " + name);
}

}  // namespace ketrew::yarn
