// A graph of jobs as people and their programs see it. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/text.hpp"
#include "core/model/edge.hpp"
#include "core/model/state.hpp"

namespace ketrew::client {

struct Drawing {
  struct Node {
    std::string name;  // any bytes
    std::map<State, std::size_t> states;  // of the one job, or of all that it stands for
    std::size_t count() const;
  };
  struct Line {
    std::size_t from = 0, to = 0;  // places in `nodes`: what comes first, and what comes because of it
    EdgeKind kind = EdgeKind::needs;
    auto operator<=>(const Line&) const = default;
  };
  std::vector<Node> nodes;
  std::vector<Line> lines;  // sorted, no line twice
};

// From the answer of GET .../graph; invalid if it is none.
Result<Drawing> drawing_from(const Json& answer);
// What was written as one node, `align[sample=a]` and `align[sample=b]`, as one: `align`.
Drawing collapsed(const Drawing& drawing);

std::string as_dot(const Drawing& drawing);      // Graphviz
std::string as_mermaid(const Drawing& drawing);  // a flowchart, as in Markdown
// A node a line, after what it needs; under it, indented, what it needs and what it activates.
std::string as_text(const Drawing& drawing);

}  // namespace ketrew::client
