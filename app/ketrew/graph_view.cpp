#include "app/ketrew/graph_view.hpp"

#include <unordered_map>

#include "app/ketrew/answer.hpp"
#include "core/base/terminal_text.hpp"

namespace ketrew::client {
namespace {

std::string shown(const std::string& name) { return escape_for_terminal(to_valid_utf8(one_line(name, 80))); }

std::string states_of(const Drawing::Node& node) {
  if (node.states.size() == 1 && node.count() == 1) return std::string(to_string(node.states.begin()->first));
  std::string text;
  for (const auto& [state, count] : node.states)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(to_string(state));
  return text;
}

std::string label_of(const Drawing::Node& node) {
  return shown(node.name) + (node.count() > 1 ? " \u00d7" + std::to_string(node.count()) : "");
}

// The worst of its states.
const char* colour_of(const Drawing::Node& node) {
  bool failed = false, unfinished = false, good = false;
  for (const auto& [state, count] : node.states) {
    const Status status = status_of(state);
    failed = failed || status == Status::failed;
    unfinished = unfinished || !is_final(state);
    good = good || status == Status::successful;
  }
  return failed ? "#f4b6b0" : unfinished && good ? "#cfe3f7" : good ? "#bfe3c0" : "#f2f2f2";
}

std::string escaped(const std::string& text, std::string_view signs, const std::string& before) {
  std::string out;
  for (const char c : text) {
    if (signs.find(c) != std::string_view::npos) out += before;
    out += c;
  }
  return out;
}

// Those that need nothing first, each after all that it needs.
std::vector<std::size_t> order_of(const Drawing& drawing) {
  std::vector<std::vector<std::size_t>> after(drawing.nodes.size());
  std::vector<std::size_t> left(drawing.nodes.size(), 0), order;
  for (const auto& line : drawing.lines) {
    if (line.kind != EdgeKind::needs || line.from == line.to) continue;
    after[line.from].push_back(line.to);
    ++left[line.to];
  }
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] == 0) order.push_back(i);
  for (std::size_t at = 0; at < order.size(); ++at)
    for (const std::size_t next : after[order[at]])
      if (--left[next] == 0) order.push_back(next);
  // Collapsed nodes may need each other in a circle: these last.
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] > 0) order.push_back(i);
  return order;
}

std::optional<EdgeKind> kind_from(const std::string& word) {
  if (word == "needs") return EdgeKind::needs;
  if (word == "on-success") return EdgeKind::on_success;
  if (word == "on-failure") return EdgeKind::on_failure;
  return {};
}

std::string base_name(const std::string& name) {
  const auto bracket = name.find('[');
  return bracket == std::string::npos || bracket == 0 || name.back() != ']' ? name : name.substr(0, bracket);
}

}  // namespace

std::size_t Drawing::Node::count() const {
  std::size_t count = 0;
  for (const auto& [state, of] : states) count += of;
  return count;
}

Result<Drawing> drawing_from(const Json& answer) {
  const auto strange = [] { return fail(ErrorKind::corrupt, "the daemon's answer is no graph"); };
  Drawing drawing;
  for (const auto& each : list_at(answer, "nodes")) {
    const auto state = parse_state(text_at(each, "state"));
    const auto name = bytes_from_json(each.value("name", Json("")));
    if (!state || !name) return strange();
    drawing.nodes.push_back({*name, {{*state, 1}}});
  }
  for (const auto& each : list_at(answer, "edges")) {
    const auto from = integer_at(each, "from"), to = integer_at(each, "to");
    const auto kind = kind_from(text_at(each, "kind"));
    const auto is_node = [&](std::optional<std::int64_t> place) {
      return place && *place >= 0 && static_cast<std::size_t>(*place) < drawing.nodes.size();
    };
    if (!is_node(from) || !is_node(to) || !kind) return strange();
    drawing.lines.push_back({static_cast<std::size_t>(*from), static_cast<std::size_t>(*to), *kind});
  }
  std::sort(drawing.lines.begin(), drawing.lines.end());
  drawing.lines.erase(std::unique(drawing.lines.begin(), drawing.lines.end()), drawing.lines.end());
  return drawing;
}

Drawing collapsed(const Drawing& drawing) {
  Drawing out;
  std::unordered_map<std::string, std::size_t> places;
  std::vector<std::size_t> now;
  std::map<std::string, std::size_t> members;
  for (const auto& node : drawing.nodes) ++members[base_name(node.name)];
  for (const auto& node : drawing.nodes) {
    const std::string base = base_name(node.name);
    const std::string name = members[base] > 1 ? base : node.name;
    const auto [at, fresh] = places.emplace(name, out.nodes.size());
    if (fresh) out.nodes.push_back({name, {}});
    now.push_back(at->second);
    for (const auto& [state, count] : node.states) out.nodes[at->second].states[state] += count;
  }
  for (const auto& line : drawing.lines) out.lines.push_back({now[line.from], now[line.to], line.kind});
  std::sort(out.lines.begin(), out.lines.end());
  out.lines.erase(std::unique(out.lines.begin(), out.lines.end()), out.lines.end());
  return out;
}

std::string as_dot(const Drawing& drawing) {
  std::string text = "digraph ketrew {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\"];\n";
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    const auto& node = drawing.nodes[i];
    text += "  n" + std::to_string(i) + " [label=\"" + escaped(label_of(node), "\"\\", "\\") + "\\n" +
            states_of(node) + "\", fillcolor=\"" + colour_of(node) + "\"];\n";
  }
  for (const auto& line : drawing.lines) {
    text += "  n" + std::to_string(line.from) + " -> n" + std::to_string(line.to);
    if (line.kind != EdgeKind::needs)
      text += line.kind == EdgeKind::on_success ? " [style=dashed, label=\"on success\"]"
                                                : " [style=dashed, label=\"on failure\"]";
    text += ";\n";
  }
  return text + "}\n";
}

std::string as_mermaid(const Drawing& drawing) {
  std::string text = "flowchart LR\n";
  for (std::size_t i = 0; i < drawing.nodes.size(); ++i) {
    const auto& node = drawing.nodes[i];
    std::string label;
    for (const char c : label_of(node) + "<br/>" + states_of(node))
      label += c == '"' ? "#quot;" : c == '`' ? "#96;" : std::string(1, c);
    text += "  n" + std::to_string(i) + "[\"" + label + "\"]\n";
    text += "  style n" + std::to_string(i) + " fill:" + colour_of(node) + "\n";
  }
  for (const auto& line : drawing.lines)
    text += "  n" + std::to_string(line.from) +
            (line.kind == EdgeKind::needs        ? " --> "
             : line.kind == EdgeKind::on_success ? " -. on success .-> "
                                                 : " -. on failure .-> ") +
            "n" + std::to_string(line.to) + "\n";
  return text;
}

std::string as_text(const Drawing& drawing) {
  struct Around {
    std::string needs, on_success, on_failure;
  };
  std::vector<Around> around(drawing.nodes.size());
  for (const auto& line : drawing.lines) {
    const bool needs = line.kind == EdgeKind::needs;
    Around& at = around[needs ? line.to : line.from];
    std::string& list = needs                               ? at.needs
                        : line.kind == EdgeKind::on_success ? at.on_success
                                                            : at.on_failure;
    list += (list.empty() ? "" : ", ") + shown(drawing.nodes[needs ? line.from : line.to].name);
  }
  std::string text;
  for (const std::size_t i : order_of(drawing)) {
    text += label_of(drawing.nodes[i]) + "  " + states_of(drawing.nodes[i]) + "\n";
    const auto add = [&](const char* word, const std::string& list) {
      if (!list.empty()) text += "    " + std::string(word) + ": " + list + "\n";
    };
    add("needs", around[i].needs);
    add("on success", around[i].on_success);
    add("on failure", around[i].on_failure);
  }
  return text;
}

}  // namespace ketrew::client
