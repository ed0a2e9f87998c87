#include "core/workflow/matrix.hpp"

#include <unordered_set>

#include "core/base/file.hpp"
#include "core/workflow/csv.hpp"
#include "core/workflow/reference.hpp"

namespace ketrew::workflow {
namespace {

using yaml::Node;
constexpr std::size_t max_keys = 64;
constexpr std::size_t max_kinds_of_exclude = 32;

// Nothing that differs between instances: params and the environment.
class NoInstance : public Instance {
 public:
  const std::string& matrix(std::size_t) const override { return nothing_; }
  const std::string& name() const override { return nothing_; }
  std::vector<const std::string*> products() const override { return {}; }
  Result<std::vector<const std::string*>> products(std::size_t) const override {
    return std::vector<const std::string*>{};
  }

 private:
  std::string nothing_;
};

class MatrixReader {
 public:
  MatrixReader(const Node& node, const std::string& folder, const Scope& scope, Values& values,
               yaml::Problems& problems)
      : node_(node), folder_(folder), scope_(scope), values_(values), problems_(problems) {
    scope_.matrix_keys = nullptr;
    scope_.references = nullptr;
    scope_.own = false;
  }

  Matrix run() {
    if (node_.kind != Node::Kind::map || node_.entries.empty()) {
      problems_.add(node_.place, "\"matrix\" is " + yaml::describe(node_),
                    "expected keys with lists of values, or from: FILE.csv");
      return {};
    }
    const Node *include = nullptr, *exclude = nullptr, *key = nullptr;
    factors_.emplace_back(std::vector<std::vector<ValueId>>{{}});
    for (const auto& [name, value] : node_.entries) {
      if (name.text == "include")
        include = &value;
      else if (name.text == "exclude")
        exclude = &value;
      else if (name.text == "key")
        key = &value;
      else if (name.text == "from")
        read_csv(value);
      else
        read_list(name, value);
    }
    if (problems_.any() || !multiply()) return {};
    if (include) read_include(*include);
    if (exclude) read_exclude(*exclude);
    matrix_.in_name.resize(matrix_.keys.size());
    for (std::size_t i = 0; i < matrix_.keys.size(); ++i) matrix_.in_name[i] = i;
    if (key) read_key(*key);
    if (problems_.any()) return {};
    if (matrix_.rows.empty())
      problems_.add(node_.place, "the matrix has no instance",
                    "\"exclude\" left none, or there are no values");
    else
      check_unique();
    return std::move(matrix_);
  }

 private:
  void add_key(const std::string& name, yaml::Place place) {
    if (auto checked = check_matrix_key(name); !checked)
      return problems_.add(place, checked.error());
    if (matrix_.key(name))
      return problems_.add(place, "the matrix has \"" + name + "\" twice",
                           "from \"from\" and from a list");
    if (matrix_.keys.size() == max_keys)
      return problems_.add(place, "more than " + std::to_string(max_keys) + " keys in a matrix",
                           "name those that are wanted in another file");
    matrix_.keys.push_back(name);
  }

  std::optional<std::string> text(const Node& node, const char* what) {
    if (node.kind != Node::Kind::scalar) {
      problems_.add(node.place, std::string(what) + " is " + yaml::describe(node),
                    "expected a text");
      return {};
    }
    auto read = read_template(node.text, Reader::plain, node.place, scope_);
    auto filled = read ? fill(*read, NoInstance()) : Result<std::string>(pass(read.error()));
    if (filled) return std::move(*filled);
    problems_.add(node.place, filled.error());
    return {};
  }

  void read_list(const Node& name, const Node& list) {
    add_key(name.text, name.place);
    if (list.kind != Node::Kind::list || list.items.empty())
      return problems_.add(
          list.place,
          "\"" + one_line(name.text, 60) + "\" of the matrix is " + yaml::describe(list),
          "expected a list of values");
    std::vector<std::vector<ValueId>> factor;
    for (const auto& item : list.items)
      if (const auto value = text(item, "a value of the matrix"))
        factor.push_back({values_.add(*value)});
    factors_.push_back(std::move(factor));
  }

  void read_csv(const Node& node) {
    const auto name = text(node, "\"from\" of the matrix");
    if (!name) return;
    const std::string path =
        !name->empty() && name->front() == '/' ? *name : path_join(folder_, *name);
    const auto content = read_file(path, max_csv_bytes + 1);
    if (!content) return problems_.add(node.place, content.error());
    if (content->size() > max_csv_bytes)
      return problems_.add(node.place,
                           path + " is larger than " + std::to_string(max_csv_bytes) + " bytes");
    const bool tabs = path.size() > 4 && path.substr(path.size() - 4) == ".tsv";
    const auto csv = parse_csv(*content, path, tabs ? '\t' : ',', max_instances);
    if (!csv) return problems_.add(node.place, csv.error());
    for (const auto& column : csv->header) add_key(column, node.place);
    std::vector<std::vector<ValueId>> factor;
    factor.reserve(csv->rows.size());
    for (const auto& row : csv->rows) {
      factor.emplace_back();
      for (const auto& field : row) factor.back().push_back(values_.add(field));
    }
    factors_.push_back(std::move(factor));
  }

  bool multiply() {
    std::size_t size = matrix_.keys.empty() ? 0 : 1;
    for (const auto& factor : factors_) {
      if (factor.size() > max_instances || size * factor.size() > max_instances) {
        problems_.add(node_.place, "the matrix multiplies to more than " +
                                       std::to_string(max_instances) + " instances");
        return false;
      }
      size *= factor.size();
    }
    matrix_.rows.reserve(size * matrix_.keys.size());
    // The last list changes fastest.
    for (std::size_t row = 0; row < size; ++row) {
      std::size_t below = size, rest = row;
      for (const auto& factor : factors_) {
        below /= factor.size();
        const auto& part = factor[rest / below];
        rest %= below;
        matrix_.rows.insert(matrix_.rows.end(), part.begin(), part.end());
      }
    }
    return true;
  }

  // The values of one map of `include` or `exclude`, by key; `none` where the key is not there.
  std::optional<std::vector<ValueId>> read_row(const Node& node, const char* what) {
    if (node.kind != Node::Kind::map || node.entries.empty()) {
      problems_.add(node.place,
                    std::string("an entry of \"") + what + "\" is " + yaml::describe(node),
                    "expected a map of keys and values");
      return {};
    }
    std::vector<ValueId> row(matrix_.keys.size(), Values::none);
    for (const auto& [name, value] : node.entries) {
      const auto key = matrix_.key(name.text);
      if (!key) {
        const std::string near = nearest(name.text, matrix_.keys);
        problems_.add(name.place, "the matrix has no \"" + one_line(name.text, 60) + "\"",
                      near.empty() ? "it has: " + one_line(join(matrix_.keys, ", "), 200)
                                   : "did you mean \"" + near + "\"?");
        return {};
      }
      const auto read = text(value, "a value of the matrix");
      if (!read) return {};
      row[*key] = values_.add(*read);
    }
    return row;
  }
  bool is_list(const Node& node, const char* what) {
    if (node.kind == Node::Kind::list) return true;
    problems_.add(node.place,
                  std::string("\"") + what + "\" of the matrix is " + yaml::describe(node),
                  "expected a list of maps");
    return false;
  }
  void read_include(const Node& list) {
    if (!is_list(list, "include")) return;
    if (matrix_.keys.empty() && !list.items.empty())
      for (const auto& [name, value] : list.items[0].entries) add_key(name.text, name.place);
    for (const auto& item : list.items) {
      const auto row = read_row(item, "include");
      if (!row) return;
      if (std::find(row->begin(), row->end(), Values::none) != row->end())
        return problems_.add(item.place, "an entry of \"include\" has not all keys of the matrix",
                             "they are: " + one_line(join(matrix_.keys, ", "), 200));
      matrix_.rows.insert(matrix_.rows.end(), row->begin(), row->end());
    }
    if (matrix_.size() > max_instances)
      problems_.add(list.place,
                    "the matrix has more than " + std::to_string(max_instances) + " instances");
  }

  // Entries with the same keys are one set to look up: the cost does not grow with their number.
  void read_exclude(const Node& list) {
    if (!is_list(list, "exclude")) return;
    std::map<std::vector<std::size_t>, std::unordered_set<std::vector<ValueId>, ValuesHash>> kinds;
    for (const auto& item : list.items) {
      const auto row = read_row(item, "exclude");
      if (!row) return;
      std::vector<std::size_t> keys;
      std::vector<ValueId> chosen;
      for (std::size_t i = 0; i < row->size(); ++i)
        if ((*row)[i] != Values::none) {
          keys.push_back(i);
          chosen.push_back((*row)[i]);
        }
      kinds[keys].insert(std::move(chosen));
      if (kinds.size() > max_kinds_of_exclude)
        return problems_.add(item.place, "more than " + std::to_string(max_kinds_of_exclude) +
                                             " sets of keys in \"exclude\"");
    }
    const std::size_t width = matrix_.keys.size();
    std::vector<ValueId> kept, chosen;
    for (std::size_t row = 0; width > 0 && row < matrix_.size(); ++row) {
      bool excluded = false;
      for (const auto& [keys, rows] : kinds) {
        chosen.clear();
        for (const auto key : keys) chosen.push_back(matrix_.at(row, key));
        excluded = excluded || rows.count(chosen) > 0;
      }
      const auto* begin = matrix_.rows.data() + row * width;
      if (!excluded) kept.insert(kept.end(), begin, begin + width);
    }
    matrix_.rows = std::move(kept);
  }

  void read_key(const Node& node) {
    std::vector<const Node*> names;
    if (node.kind == Node::Kind::list)
      for (const auto& item : node.items) names.push_back(&item);
    else
      names.push_back(&node);
    matrix_.in_name.clear();
    for (const Node* name : names) {
      const auto key = name->kind == Node::Kind::scalar ? matrix_.key(name->text) : std::nullopt;
      if (!key)
        return problems_.add(
            name->place, "\"key\" of the matrix has " + yaml::describe(*name),
            "expected some of its keys: " + one_line(join(matrix_.keys, ", "), 200));
      matrix_.in_name.push_back(*key);
    }
    if (names.empty()) problems_.add(node.place, "\"key\" of the matrix names nothing");
  }

  void check_unique() {
    std::unordered_set<std::vector<ValueId>, ValuesHash> seen;
    seen.reserve(matrix_.size());
    for (std::size_t row = 0; row < matrix_.size(); ++row) {
      std::vector<ValueId> name;
      for (const auto key : matrix_.in_name) name.push_back(matrix_.at(row, key));
      if (!seen.insert(std::move(name)).second)
        return problems_.add(
            node_.place,
            "the matrix makes " + one_line(matrix_.suffix(row, values_), 200) + " twice",
            "each instance needs a name of its own");
    }
  }

  const Node& node_;
  const std::string& folder_;
  Scope scope_;
  Values& values_;
  yaml::Problems& problems_;
  Matrix matrix_;
  std::vector<std::vector<std::vector<ValueId>>> factors_;
};

}  // namespace

std::optional<std::size_t> Matrix::key(const std::string& name) const {
  const auto found = std::find(keys.begin(), keys.end(), name);
  if (found == keys.end()) return {};
  return static_cast<std::size_t>(found - keys.begin());
}

std::string Matrix::suffix(std::size_t row, const Values& values) const {
  std::string text;
  for (const auto key : in_name)
    text += (text.empty() ? "[" : ",") + keys[key] + "=" + quote_value(values[at(row, key)]);
  return text.empty() ? text : text + "]";
}

Matrix read_matrix(const yaml::Node& node, const std::string& folder, const Scope& scope,
                   Values& values, yaml::Problems& problems) {
  return MatrixReader(node, folder, scope, values, problems).run();
}

}  // namespace ketrew::workflow
