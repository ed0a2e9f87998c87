#include "core/workflow/node.hpp"
#include "core/workflow/read_condition.hpp"
#include "core/yaml/map_reader.hpp"

namespace ketrew::workflow {
namespace {

using yaml::Node;
constexpr Milliseconds longest = std::chrono::hours(24) * 3660;

// Keys that stand in a node and in `defaults` alike.
struct Shared {
  const Node *backend = nullptr, *host = nullptr, *directory = nullptr, *options = nullptr,
             *metadata = nullptr, *tags = nullptr, *environment = nullptr, *retries = nullptr,
             *timeout = nullptr, *equivalence = nullptr;
};

Shared read_shared(yaml::MapReader& map) {
  Shared keys;
  keys.backend = map.node("backend");
  keys.host = map.node("host");
  keys.directory = map.node("directory");
  keys.options = map.node("options");
  keys.metadata = map.node("metadata");
  keys.tags = map.node("tags");
  keys.environment = map.node("environment");
  keys.retries = map.node("retries");
  keys.timeout = map.node("timeout");
  keys.equivalence = map.node("equivalence");
  return keys;
}

// Those of a `defaults:`, whose unknown keys check_defaults has reported once.
Shared shared_of(const Node& defaults) {
  Shared keys;
  for (const auto& [key, value] : defaults.entries) {
    const std::pair<const char*, const Node**> known[] = {
        {"backend", &keys.backend},         {"host", &keys.host},
        {"directory", &keys.directory},     {"options", &keys.options},
        {"metadata", &keys.metadata},       {"tags", &keys.tags},
        {"environment", &keys.environment}, {"retries", &keys.retries},
        {"timeout", &keys.timeout},         {"equivalence", &keys.equivalence}};
    for (const auto& [name, place] : known)
      if (key.text == name) *place = &value;
  }
  return keys;
}

class NodeReader {
 public:
  NodeReader(const Scope& scope, yaml::Problems& problems)
      : scope_(scope), problems_(problems), texts_(scope, problems) {}

  void read(yaml::MapReader& map, const std::vector<const Node*>& defaults, NodeText& out) {
    if (const Node* run = map.node("run")) read_run(*run, out);
    if (const Node* product = map.node("product"))
      out.products = texts_.texts(*product, "\"product\"");
    if (const Node* done = map.node("done_when")) out.done_when = read_condition(*done, texts_);
    references(map.node("needs"), "\"needs\"", out.needs);
    references(map.node("on_success"), "\"on_success\"", out.on_success);
    references(map.node("on_failure"), "\"on_failure\"", out.on_failure);
    if (bool active = true; map.boolean("active", active)) out.active = active;

    std::vector<Shared> levels{read_shared(map)};  // the nearest first
    for (const Node* each : defaults) levels.push_back(shared_of(*each));
    const auto nearest_of = [&](const Node* Shared::*key) -> const Node* {
      for (const auto& level : levels)
        if (level.*key) return level.*key;
      return nullptr;
    };
    if (const Node* node = nearest_of(&Shared::backend))
      out.backend = texts_.text(*node, "\"backend\"");
    if (const Node* node = nearest_of(&Shared::host)) out.host = texts_.text(*node, "\"host\"");
    if (const Node* node = nearest_of(&Shared::directory))
      out.directory = texts_.text(*node, "\"directory\"");
    if (const Node* node = nearest_of(&Shared::retries)) read_retries(*node, out);
    if (const Node* node = nearest_of(&Shared::timeout)) read_timeout(*node, out);
    if (const Node* node = nearest_of(&Shared::equivalence)) read_equivalence(*node, out);
    const auto backend_from = [&](std::size_t level) -> std::string {
      for (; level < levels.size(); ++level)
        if (levels[level].backend) return levels[level].backend->text;
      return {};
    };
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const Shared& level = levels[i];
      // What defaults tell another backend is nothing for this one.
      const std::string meant = backend_from(i);
      if (meant.empty() || meant == backend_from(0))
        read_json(level.options, "\"options\"", out.options);
      read_json(level.metadata, "\"metadata\"", out.metadata);
      read_environment(level.environment, out);
      if (level.tags)
        for (auto& tag : texts_.texts(*level.tags, "\"tags\"")) out.tags.push_back(std::move(tag));
    }
  }

 private:
  CommandText command(const Node& node) {
    CommandText out;
    if (node.kind == Node::Kind::scalar) {
      out.sh = texts_.text(node, "a command", Reader::shell);
      return out;
    }
    if (node.kind != Node::Kind::map || node.entries.empty()) {
      problems_.add(node.place, "a command is " + yaml::describe(node),
                    "expected a shell text, or {exec: [PROGRAM, ARG...]}");
      return out;
    }
    yaml::MapReader map(node, "a command", problems_);
    const Node *sh = map.node("sh"), *exec = map.node("exec");
    if (sh && exec)
      problems_.add(exec->place, "a command with \"sh\" and \"exec\"", "one of the two");
    if (sh) out.sh = texts_.text(*sh, "\"sh\"", Reader::shell);
    if (!exec) return out;
    if (exec->kind != Node::Kind::list || exec->items.empty())
      problems_.add(exec->place, "\"exec\" is " + yaml::describe(*exec),
                    "expected a list: the program and its arguments");
    for (const auto& item : exec->items) out.exec.push_back(texts_.text(item, "an argument"));
    return out;
  }

  void read_run(const Node& node, NodeText& out) {
    if (node.kind != Node::Kind::list) {
      out.run.push_back(command(node));
      return;
    }
    for (const auto& item : node.items) out.run.push_back(command(item));
    if (out.run.empty()) problems_.add(node.place, "\"run\" is an empty list");
  }

  void references(const Node* node, const char* key, std::vector<Reference>& out) {
    if (!node) return;
    const auto add = [&](const Node& item) {
      if (item.kind != Node::Kind::scalar)
        return problems_.add(item.place,
                             std::string(key) + " has " + yaml::describe(item) + " in it",
                             "expected names of nodes");
      auto reference = read_reference(item.text, item.place, scope_);
      if (reference)
        out.push_back(std::move(*reference));
      else
        problems_.add(item.place, reference.error());
    };
    if (node->kind != Node::Kind::list) return add(*node);
    for (const auto& item : node->items) add(item);
  }

  void read_retries(const Node& node, NodeText& out) {
    auto retries = retry_policy_from_json(yaml::to_json(node));
    if (retries)
      out.retries = std::move(*retries);
    else
      problems_.add(node.place, retries.error());
  }
  void read_timeout(const Node& node, NodeText& out) {
    out.timeout = node.kind == Node::Kind::scalar ? parse_duration(node.text) : std::nullopt;
    if (!out.timeout || out.timeout->count() == 0 || *out.timeout > longest)
      problems_.add(node.place, "\"timeout\" is " + yaml::describe(node),
                    "expected a duration of more than 0, like 90s or 1h30m");
  }
  void read_equivalence(const Node& node, NodeText& out) {
    if (node.text == "none")
      out.equivalence = Equivalence::none;
    else if (node.text != "same-condition")
      problems_.add(node.place, "\"equivalence\" is " + yaml::describe(node),
                    "expected same-condition or none");
  }

  // Keys that are there already are nearer, and stay.
  void read_json(const Node* node, const char* key, JsonText& out) {
    if (!node || node->kind == Node::Kind::null) return;
    if (node->kind != Node::Kind::map)
      return problems_.add(node->place, std::string(key) + " is " + yaml::describe(*node),
                           "expected a map");
    for (const auto& [name, value] : node->entries) {
      if (out.json.contains(name.text)) continue;
      out.json[name.text] = yaml::to_json(value);
      out.members.emplace_back(name.text, name.place);
      find_templates(value, Json::json_pointer() / name.text, out);
    }
  }
  void find_templates(const Node& node, const Json::json_pointer& at, JsonText& out) {
    if (node.kind == Node::Kind::scalar && node.text.find("${") != std::string::npos)
      out.parts.push_back(
          {at, texts_.text(node, "a value"), !node.quoted && is_one_variable(node.text)});
    for (std::size_t i = 0; i < node.items.size(); ++i) find_templates(node.items[i], at / i, out);
    for (const auto& [name, value] : node.entries) find_templates(value, at / name.text, out);
  }

  void read_environment(const Node* node, NodeText& out) {
    if (!node || node->kind == Node::Kind::null) return;
    if (node->kind != Node::Kind::map)
      return problems_.add(node->place, "\"environment\" is " + yaml::describe(*node),
                           "expected a map of variables and values");
    for (const auto& [name, value] : node->entries) {
      if (name.text.empty() || name.text.find('=') != std::string::npos)
        problems_.add(name.place, "\"" + one_line(name.text, 60) + "\" cannot name a variable");
      out.environment.emplace(name.text, texts_.text(value, "a variable's value"));
    }
  }

  const Scope& scope_;
  yaml::Problems& problems_;
  TextReader texts_;
};

}  // namespace

NodeText read_node(const std::string& name, const Node& node,
                   const std::vector<const Node*>& defaults, const std::string& folder,
                   const Scope& scope, Values& values, yaml::Problems& problems) {
  NodeText out;
  out.name = name;
  out.place = node.place;
  yaml::MapReader map(node, "node \"" + one_line(name, 60) + "\"", problems);
  if (const Node* matrix = map.node("matrix"))
    out.matrix = read_matrix(*matrix, folder, scope, values, problems);
  Scope inner = scope;
  inner.matrix_keys = &out.matrix.keys;
  inner.references = &out.referred;
  inner.own = true;
  NodeReader(inner, problems).read(map, defaults, out);
  return out;
}

void check_defaults(const Node& defaults, yaml::Problems& problems) {
  yaml::MapReader map(defaults, "\"defaults\"", problems);
  read_shared(map);
}

}  // namespace ketrew::workflow
