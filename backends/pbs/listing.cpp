#include "backends/pbs/listing.hpp"

#include <unordered_map>

namespace ketrew::pbs {
namespace {

struct Name {
  std::string_view text;
  Attribute attribute;
};
// Torque's names differ in case and in some words.
constexpr std::array<Name, 24> names = {{
    {"Job_Name", Attribute::job_name},
    {"Job_Owner", Attribute::job_owner},
    {"job_state", Attribute::job_state},
    {"substate", Attribute::substate},
    {"queue", Attribute::queue},
    {"comment", Attribute::comment},
    {"Exit_status", Attribute::exit_status},
    {"exit_status", Attribute::exit_status},
    {"exec_host", Attribute::exec_host},
    {"Hold_Types", Attribute::hold_types},
    {"Execution_Time", Attribute::execution_time},
    {"run_count", Attribute::run_count},
    {"start_count", Attribute::run_count},
    {"ctime", Attribute::ctime},
    {"mtime", Attribute::mtime},
    {"stime", Attribute::stime},
    {"start_time", Attribute::stime},
    {"obittime", Attribute::obittime},
    {"comp_time", Attribute::comp_time},
    {"resources_used.cput", Attribute::used_cput},
    {"resources_used.mem", Attribute::used_mem},
    {"resources_used.vmem", Attribute::used_vmem},
    {"resources_used.walltime", Attribute::used_walltime},
    {"Resource_List.walltime", Attribute::limit_walltime},
}};

constexpr std::string_view head = "Job Id:";

class Reader {
 public:
  void line(std::string_view line) {
    if (line.empty()) {
      if (open_) blocks_.back().whole = true;
      open_ = false;
    } else if (!open_) {
      if (line.size() > head.size() + 1 && line.starts_with(head)) begin(line);
    } else if (line.starts_with(indent_)) {
      attribute(line.substr(indent_.size()));
    } else {  // a line end within a value
      blocks_.back().doubtful = true;
    }
  }
  std::vector<Block> take() { return std::move(blocks_); }

 private:
  void begin(std::string_view line) {
    blocks_.emplace_back();
    blocks_.back().id = line.substr(head.size() + 1);
    indent_ = line[head.size()] == '\t' ? "\t" : "    ";
    open_ = true;
  }

  void attribute(std::string_view line) {
    const auto at = line.find(" = ");
    if (at == std::string_view::npos) return;
    const std::string_view name = line.substr(0, at);
    for (const Name& known : names) {
      if (known.text != name) continue;
      Block& block = blocks_.back();
      std::string_view& value = block.values[static_cast<std::size_t>(known.attribute)];
      if (!value.empty()) block.doubtful = true;
      value = line.substr(at + 3);
      return;
    }
  }

  std::vector<Block> blocks_;
  std::string_view indent_;
  bool open_ = false;
};

// A value goes on after a line end and a tab; where that is how lines begin, nothing is wrapped.
void join_wrapped(std::string& text) {
  const auto first = text.find(head);
  if (first == std::string::npos || text.compare(first + head.size(), 1, "\t") == 0) return;
  auto from = text.find("\n\t");
  if (from == std::string::npos) return;
  std::size_t to = from;
  while (from < text.size()) {
    if (text.compare(from, 2, "\n\t") == 0)
      from += 2;
    else
      text[to++] = text[from++];
  }
  text.resize(to);
}

}  // namespace

std::vector<Block> read_listing(std::string& text) {
  join_wrapped(text);
  Reader reader;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) break;  // a line that was cut
    reader.line(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  auto blocks = reader.take();
  std::unordered_map<std::string_view, std::size_t> first;
  first.reserve(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [at, fresh] = first.emplace(blocks[i].id, i);
    if (!fresh) blocks[i].doubtful = blocks[at->second].doubtful = true;
  }
  return blocks;
}

}  // namespace ketrew::pbs
