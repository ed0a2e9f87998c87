#include "core/workflow/document.hpp"

#include <climits>
#include <cstdlib>
#include <set>

#include "core/base/file.hpp"
#include "core/yaml/map_reader.hpp"

namespace ketrew::workflow {
namespace {

using yaml::Node;
constexpr std::size_t most_files = 200, deepest = 20;

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

// One name for each file, however it is reached.
std::string real_path(const std::string& path) {
  char buffer[PATH_MAX];
  return ::realpath(path.c_str(), buffer) ? buffer : path;
}

std::size_t size_of(const Node& node) {
  std::size_t size = 1;
  for (const auto& item : node.items) size += size_of(item);
  for (const auto& [key, value] : node.entries) size += 1 + size_of(value);
  return size;
}

class DocumentReader {
 public:
  explicit DocumentReader(Documents& out) : out_(out), problems_(out.problems) {}

  void read(std::string_view text, const std::string& file, const std::string& folder, int number,
            const std::vector<const Node*>& outer) {
    bytes_ += text.size();
    yaml::Limits limits = file_limits;
    limits.bytes -= std::min(limits.bytes, bytes_ - text.size());
    limits.values -= std::min(limits.values, values_);
    auto root = yaml::parse(text, file, limits, number);
    if (!root) return problems_.add_located(root.error());
    values_ += size_of(*root);
    Document document;  // moved behind those that it includes
    document.folder = folder;
    document.root = std::move(*root);
    take(document, number, outer);
    out_.all.push_back(std::move(document));
  }

  void start(const std::string& file) { chain_.push_back(real_path(file)); }

 private:
  void take(Document& document, int number, const std::vector<const Node*>& outer) {
    yaml::MapReader map(document.root, "a workflow", problems_);
    std::string name;
    if (map.scalar("name", name) && number == 0) out_.name = name;
    document.params = map.node("params");
    document.nodes = const_cast<Node*>(map.node("nodes"));  // in `root`, which is not const
    if (const Node* defaults = map.node("defaults")) {
      check_map(*defaults, "\"defaults\"");
      document.defaults.push_back(defaults);
    }
    document.defaults.insert(document.defaults.end(), outer.begin(), outer.end());
    if (document.params) check_map(*document.params, "\"params\"");
    if (document.nodes) check_map(*document.nodes, "\"nodes\"");
    const Node* include = map.node("include");
    if (!include) return;
    if (include->kind != Node::Kind::list) return read_included(*include, document);
    for (const auto& item : include->items) read_included(item, document);
  }
  void check_map(const Node& node, const std::string& what) {
    if (node.kind != Node::Kind::map && node.kind != Node::Kind::null)
      problems_.add(node.place, what + " is " + yaml::describe(node) + ", not a map");
  }

  void read_included(const Node& node, const Document& from) {
    if (problems_.any()) return;
    if (node.kind != Node::Kind::scalar || node.text.empty())
      return problems_.add(node.place, "\"include\" is " + yaml::describe(node),
                           "expected the name of a file, or a list of them");
    const std::string path = node.text[0] == '/' ? node.text : path_join(from.folder, node.text);
    const std::string real = real_path(path);
    if (const auto at = std::find(chain_.begin(), chain_.end(), real); at != chain_.end()) {
      std::string way;
      for (auto each = at; each != chain_.end(); ++each) way += *each + " includes ";
      return problems_.add(node.place, "files that include each other: " + way + real);
    }
    if (!seen_.insert(real).second)
      return problems_.add(node.place, path + " is included twice", "its nodes are there already");
    if (chain_.size() == deepest || seen_.size() == most_files)
      return problems_.add(node.place, "more than " + std::to_string(most_files) +
                                           " files, or more than " + std::to_string(deepest) +
                                           " of them in each other");
    const auto text = read_file(path, file_limits.bytes + 1);
    if (!text) return problems_.add(node.place, text.error());
    chain_.push_back(real);
    const std::vector<const Node*> outer = from.defaults;
    read(*text, path, folder_of(path), problems_.add_file(path), outer);
    chain_.pop_back();
  }

  Documents& out_;
  yaml::Problems& problems_;
  std::vector<std::string> chain_;
  std::set<std::string> seen_;
  std::size_t bytes_ = 0, values_ = 0;
};

}  // namespace

void read_documents(std::string_view text, const std::string& file, const std::string& folder,
                    Documents& documents) {
  DocumentReader reader(documents);
  reader.start(file);
  reader.read(text, file, folder, 0, {});
}

}  // namespace ketrew::workflow
