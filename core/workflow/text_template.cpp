#include "core/workflow/text_template.hpp"

#include "core/workflow/reference.hpp"
#include "core/workflow/shell_value.hpp"

namespace ketrew::workflow {
namespace {

constexpr const char* all_variables =
    "variables are ${matrix.KEY}, ${params.NAME}, ${env.NAME}, ${nodes.NODE.product}, "
    "${self.name}, ${self.product}, ${workflow.name}, ${workflow.directory}";

// The index behind the "}" that closes the "${" at `at`; npos: there is none.
std::size_t end_of_variable(std::string_view text, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return std::string_view::npos;
}

// "matrix" of "matrix.sample"; empty where it has not this form.
std::string_view first_word(std::string_view inside) {
  std::size_t i = 0;
  while (i < inside.size() &&
         (std::isalnum(static_cast<unsigned char>(inside[i])) || inside[i] == '_'))
    ++i;
  return i > 0 && i < inside.size() && inside[i] == '.' ? inside.substr(0, i) : std::string_view();
}

tl::unexpected<Error> unknown(const std::string& spelled, const std::string& word,
                              const std::vector<std::string>& known, const std::string& none) {
  const std::string near = nearest(word, known);
  return fail(ErrorKind::invalid, "unknown variable " + spelled,
              !near.empty()   ? "did you mean \"" + near + "\"?"
              : known.empty() ? none
                              : "there are: " + one_line(join(known, ", "), 200));
}

// Takes the variables of one text apart.
class TemplateReader {
 public:
  TemplateReader(std::string_view text, Reader reader, yaml::Place place, const Scope& scope)
      : text_(text), reader_(reader), place_(place), scope_(scope) {}

  Result<Template> run() {
    if (text_.find('\0') != std::string_view::npos)
      return fail(ErrorKind::invalid, "a NUL byte in a text");
    if (auto found = find_spans(); !found) return pass(found.error());
    if (reader_ == Reader::shell && !spans_.empty()) places_ = shell_places(text_, spans_);
    result_.place = place_;
    result_.pieces.emplace_back();
    std::size_t from = 0;
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      add_literal(text_.substr(from, spans_[i].begin - from));
      if (auto added = add_variable(i); !added) return pass(added.error());
      from = spans_[i].end;
    }
    add_literal(text_.substr(from));
    return std::move(result_);
  }

 private:
  using Constant = std::optional<std::string>;  // nothing: known only for each instance

  Result<> find_spans() {
    for (std::size_t at = 0; (at = text_.find("${", at)) != std::string_view::npos;) {
      const std::string_view word = first_word(text_.substr(at + 2));
      // "$${" is a literal "${"; in a shell text, what has not our form is the shell's own.
      if ((at > 0 && text_[at - 1] == '$') || (word.empty() && reader_ == Reader::shell)) {
        at += 2;
        continue;
      }
      const auto end = end_of_variable(text_, at);
      if (end == std::string_view::npos)
        return fail(ErrorKind::invalid,
                    "\"" + one_line(text_.substr(at), 40) + "\" has no \"}\" at its end",
                    "write $${ for a literal ${");
      if (word.empty())
        return fail(ErrorKind::invalid,
                    "unknown variable " + one_line(text_.substr(at, end - at), 60),
                    "variables are ${matrix.KEY} and the like; write $${ for a literal ${");
      spans_.push_back({at, end});
      at = end;
    }
    return {};
  }

  void add_literal(std::string_view text) {
    std::string& out = result_.pieces.back().text;
    for (std::size_t escape; (escape = text.find("$${")) != std::string_view::npos;) {
      out += text.substr(0, escape);
      out += "${";
      text.remove_prefix(escape + 3);
    }
    out += text;
  }

  Result<> add_variable(std::size_t number) {
    constexpr std::string_view raw = ":raw";
    const Span span = spans_[number];
    Variable variable;
    variable.spelled = one_line(text_.substr(span.begin, span.end - span.begin), 80);
    std::string_view inside = text_.substr(span.begin + 2, span.end - span.begin - 3);
    const bool is_raw = inside.size() > raw.size() && inside.substr(inside.size() - 4) == raw;
    if (is_raw) inside.remove_suffix(raw.size());
    if (is_raw && reader_ != Reader::shell)
      return fail(ErrorKind::invalid, variable.spelled + " is raw where no shell reads it",
                  "remove \":raw\": nothing is quoted here");
    if (reader_ == Reader::shell && !is_raw) {
      variable.shell = places_[number];
      if (const auto why = unsafe_place(places_[number].context); !why.empty())
        return cannot_stand(variable.spelled, why);
    }
    const std::string word(first_word(inside));
    auto constant = look_up(word, std::string(inside.substr(word.size() + 1)), variable);
    if (!constant) return pass(constant.error());
    if (!*constant) {
      result_.pieces.back().variable = std::move(variable);
      result_.pieces.emplace_back();
      return {};
    }
    auto written = variable.shell ? shell_value(**constant, *variable.shell, variable.spelled)
                                  : Result<std::string>(**constant);
    if (!written) return pass(written.error());
    if (scope_.room) {
      if (written->size() > *scope_.room)
        return fail(ErrorKind::invalid,
                    variable.spelled + " makes the texts of this workflow too large");
      *scope_.room -= written->size();
    }
    result_.pieces.back().text += *written;
    return {};
  }

  Result<Constant> look_up(const std::string& word, const std::string& name, Variable& variable) {
    if (word == "env") return environment(name, variable);
    if (word == "params") return parameter(name, variable);
    if (word == "matrix") return matrix(name, variable);
    if (word == "nodes") return product(name, variable);
    if (word == "workflow" && name == "name") return Constant(scope_.workflow_name);
    if (word == "workflow" && name == "directory") return Constant(scope_.workflow_directory);
    if (word == "self" && (name == "name" || name == "product")) {
      if (!scope_.own) return not_here(variable);
      variable.kind = name == "name" ? Variable::Kind::own_name : Variable::Kind::own_product;
      return Constant();
    }
    const std::string near =
        nearest(word, std::vector<std::string>{"matrix", "params", "nodes", "self", "workflow"});
    return fail(ErrorKind::invalid, "unknown variable " + variable.spelled,
                near.empty() || near == word ? all_variables : "did you mean \"" + near + "\"?");
  }
  static tl::unexpected<Error> not_here(const Variable& variable) {
    return fail(ErrorKind::invalid, variable.spelled + " is not known here");
  }
  Result<Constant> environment(const std::string& name, const Variable& variable) const {
    auto value = scope_.environment ? scope_.environment(name) : std::nullopt;
    if (!value)
      return fail(ErrorKind::invalid, variable.spelled + ": $" + one_line(name, 60) + " is not set",
                  "set it where the file is read, or use a parameter with a default");
    return Constant(std::move(*value));
  }
  Result<Constant> parameter(const std::string& name, const Variable& variable) const {
    if (!scope_.params) return not_here(variable);
    if (const auto found = scope_.params->find(name); found != scope_.params->end())
      return Constant(found->second);
    std::vector<std::string> known;
    for (const auto& [key, value] : *scope_.params) known.push_back(key);
    return unknown(variable.spelled, name, known, "declare it in `params:`");
  }
  Result<Constant> matrix(const std::string& name, Variable& variable) const {
    if (!scope_.matrix_keys) return not_here(variable);
    const auto& keys = *scope_.matrix_keys;
    const auto found = std::find(keys.begin(), keys.end(), name);
    if (found == keys.end())
      return unknown(variable.spelled, name, keys, "this node has no matrix");
    variable.kind = Variable::Kind::matrix;
    variable.index = static_cast<std::size_t>(found - keys.begin());
    return Constant();
  }
  Result<Constant> product(const std::string& name, Variable& variable) const {
    constexpr std::string_view suffix = ".product";
    if (!scope_.references) return not_here(variable);
    if (name.size() <= suffix.size() || name.substr(name.size() - suffix.size()) != suffix)
      return fail(ErrorKind::invalid, "unknown variable " + variable.spelled,
                  "of other nodes there is ${nodes.NODE.product}");
    Scope inner = scope_;
    inner.references = nullptr;
    auto reference = read_reference(std::string_view(name).substr(0, name.size() - suffix.size()),
                                    place_, inner);
    if (!reference) return pass(reference.error());
    variable.kind = Variable::Kind::product;
    variable.index = scope_.references->size();
    scope_.references->push_back(std::move(*reference));
    return Constant();
  }

  const std::string_view text_;
  const Reader reader_;
  const yaml::Place place_;
  const Scope& scope_;
  std::vector<Span> spans_;
  std::vector<ShellPlace> places_;
  Template result_;
};

Result<std::vector<const std::string*>> values_of(const Variable& variable,
                                                  const Instance& instance) {
  if (variable.kind == Variable::Kind::matrix) return {{&instance.matrix(variable.index)}};
  if (variable.kind == Variable::Kind::own_name) return {{&instance.name()}};
  if (variable.kind == Variable::Kind::product) return instance.products(variable.index);
  auto products = instance.products();
  if (products.empty())
    return fail(ErrorKind::invalid, variable.spelled + ": this node has no product",
                "say what it makes: product: /PATH");
  return products;
}

Result<> append(const Variable& variable, const Instance& instance, std::string& out) {
  const auto values = values_of(variable, instance);
  if (!values) return pass(values.error());
  const bool several = variable.shell && (variable.shell->context == ShellContext::plain ||
                                          variable.shell->context == ShellContext::comment);
  if (values->size() != 1 && !several)
    return fail(ErrorKind::invalid,
                variable.spelled + " stands for " + std::to_string(values->size()) + " paths",
                variable.shell ? "several words can only stand outside of quotes"
                               : "several can be words of `exec` or of a shell text");
  const char* gap = "";
  for (const auto* value : *values) {
    out += std::exchange(gap, " ");
    auto written = variable.shell ? shell_value(*value, *variable.shell, variable.spelled)
                                  : Result<std::string>(*value);
    if (!written) return pass(written.error());
    out += *written;
  }
  return {};
}

}  // namespace

Result<Template> read_template(std::string_view text, Reader reader, yaml::Place place,
                               const Scope& scope) {
  return TemplateReader(text, reader, place, scope).run();
}

Result<std::string> fill(const Template& text, const Instance& instance) {
  std::string out;
  for (const auto& piece : text.pieces) {
    out += piece.text;
    if (!piece.variable) continue;
    if (auto added = append(*piece.variable, instance, out); !added) return pass(added.error());
    if (out.size() > max_filled_bytes)
      return fail(ErrorKind::invalid,
                  "a text of more than " + std::to_string(max_filled_bytes) + " bytes");
  }
  return out;
}

Result<> fill_words(const Template& text, const Instance& instance,
                    std::vector<std::string>& words) {
  const bool alone = text.pieces.size() == 2 && text.pieces[0].text.empty() &&
                     text.pieces[0].variable && text.pieces[1].text.empty();
  if (alone && !text.pieces[0].variable->shell) {
    const auto values = values_of(*text.pieces[0].variable, instance);
    if (!values) return pass(values.error());
    for (const auto* value : *values) words.push_back(*value);
    return {};
  }
  auto word = fill(text, instance);
  if (!word) return pass(word.error());
  words.push_back(std::move(*word));
  return {};
}

bool is_one_variable(std::string_view text) {
  return text.substr(0, 2) == "${" && end_of_variable(text, 0) == text.size();
}

}  // namespace ketrew::workflow
