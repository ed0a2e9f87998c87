// A text of a workflow file with variables in it. What is the same for all instances of a node is
// put in when it is read; what is left are the values of its matrix, its name, and products.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/workflow/shell_context.hpp"
#include "core/yaml/tree.hpp"

namespace ketrew::workflow {

struct Reference;

struct Variable {
  enum class Kind { matrix, own_name, own_product, product };
  Kind kind = Kind::matrix;
  std::size_t index = 0;  // matrix: of the key; product: of the reference
  // Nothing: no shell reads the text, or it is wanted raw; the value goes in as it is.
  std::optional<ShellPlace> shell;
  std::string spelled;  // "${matrix.sample}", for messages
};

struct Piece {
  std::string text;  // in front of the variable
  std::optional<Variable> variable;
};

struct Template {
  std::vector<Piece> pieces;
  yaml::Place place;
};

// Which variables there are where a text stands. Null: not this kind, here.
struct Scope {
  const std::map<std::string, std::string>* params = nullptr;
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::string workflow_name, workflow_directory;
  const std::vector<std::string>* matrix_keys = nullptr;
  std::vector<Reference>* references = nullptr;  // where those of ${nodes.N.product} are put
  bool own = false;                              // ${self.name}, ${self.product}
  std::size_t* room = nullptr;  // bytes that what is put in here may yet have, over all texts
};

enum class Reader { plain, shell };  // what reads the text in the end

// The error has no place yet.
Result<Template> read_template(std::string_view text, Reader reader, yaml::Place place,
                               const Scope& scope);

// What the variables of one instance are.
class Instance {
 public:
  virtual ~Instance() = default;
  virtual const std::string& matrix(std::size_t key) const = 0;
  virtual const std::string& name() const = 0;
  virtual std::vector<const std::string*> products() const = 0;  // empty: none were declared
  virtual Result<std::vector<const std::string*>> products(std::size_t reference) const = 0;
};

inline constexpr std::size_t max_filled_bytes = 16 << 20;

// Several products are several words of a shell text, and nothing that any other text could hold.
Result<std::string> fill(const Template& text, const Instance& instance);
// Appends one text; where the whole template is a variable that stands for several products: each.
Result<> fill_words(const Template& text, const Instance& instance,
                    std::vector<std::string>& words);
// One ${...} and nothing else: its value may be taken for a number.
bool is_one_variable(std::string_view text);

}  // namespace ketrew::workflow
