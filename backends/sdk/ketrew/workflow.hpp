// Writes workflow files: for those who would rather have a program than a file. What it makes is
// the JSON form of what core/workflow/README.md describes, with the same keys and rules; `ketrew
// submit -f -` takes it and reports what is wrong. This header needs the standard library alone.
//
//   ketrew::flow::Builder flow("variants");
//   auto& index = flow.node("index").sh("bwa index /data/hg38.fa").product("/data/hg38.fa.bwt");
//   auto& merge = flow.node("merge").product("/out/all.bam");
//   for (const std::string sample : {"a", "b"}) {
//     auto& align = flow.node("align-" + sample).needs(index).product("/out/" + sample + ".sam");
//     align.sh("bwa mem /data/hg38.fa " + ketrew::flow::shell_word(sample + ".fq") + "
//     >${self.product}"); merge.needs(align);
//   }
//   std::cout << flow;
//
// Texts are as in the file: `${...}` is a variable there. `literal` keeps it from being one,
// `shell_word` makes any text one word of a shell text. All texts are UTF-8. A node is the
// builder's own, and stays where it is for as long as that lives. Nothing here is thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ketrew::flow {

// The text itself where a file would read variables: each "${" becomes "$${".
inline std::string literal(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") out += '$';
    out += text[i];
  }
  return out;
}

// One word of a shell text, whatever is in it.
inline std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : literal(text)) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

namespace detail {

inline std::string string_json(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (byte < 0x20 || byte == 0x7f)
      ((out += "\\u00") += hex[byte >> 4]) += hex[byte & 15];
    else
      out += c;
  }
  return out + "\"";
}

// A value as JSON: from a text, a number, or true and false.
class Value {
 public:
  Value(const char* text) : json_(string_json(text)) {}
  Value(std::string_view text) : json_(string_json(text)) {}
  Value(const std::string& text) : json_(string_json(text)) {}
  Value(bool value) : json_(value ? "true" : "false") {}
  Value(int value) : json_(std::to_string(value)) {}
  Value(long value) : json_(std::to_string(value)) {}
  Value(long long value) : json_(std::to_string(value)) {}
  Value(unsigned value) : json_(std::to_string(value)) {}
  Value(unsigned long value) : json_(std::to_string(value)) {}
  Value(unsigned long long value) : json_(std::to_string(value)) {}
  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

inline std::string list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? "," : "") + item;
  return out + "]";
}
inline std::string texts(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const auto& text : texts) items.push_back(string_json(text));
  return list(items);
}
using Entries = std::map<std::string, std::string>;  // values are JSON

inline std::string object(const Entries& entries) {
  std::string out = "{";
  for (const auto& [key, value] : entries)
    out += (out.size() > 1 ? "," : "") + string_json(key) + ":" + value;
  return out + "}";
}

}  // namespace detail

// `done_when`. Paths are absolute.
class DoneWhen {
 public:
  static DoneWhen never() { return DoneWhen("\"never\""); }
  static DoneWhen exists(std::string_view path) { return one("exists", detail::string_json(path)); }
  static DoneWhen larger_than(std::string_view path, std::uint64_t bytes) {
    return one("larger_than", detail::object({{"path", detail::string_json(path)},
                                              {"bytes", std::to_string(bytes)}}));
  }
  static DoneWhen command(std::string_view text, int returns = 0) {
    return DoneWhen(detail::object(
        {{"command", detail::string_json(text)}, {"returns", std::to_string(returns)}}));
  }
  static DoneWhen all(const std::vector<DoneWhen>& parts) {
    std::vector<std::string> items;
    for (const auto& part : parts) items.push_back(part.json_);
    return one("all", detail::list(items));
  }
  const std::string& json() const { return json_; }

 private:
  explicit DoneWhen(std::string json) : json_(std::move(json)) {}
  static DoneWhen one(const std::string& key, const std::string& value) {
    return DoneWhen(detail::object({{key, value}}));
  }
  std::string json_;
};

// What nodes and defaults have in common. `Self` is what each call gives back.
template <class Self>
class Keys {
 public:
  using Value = detail::Value;

  Self& backend(std::string_view name) { return set("backend", Value(name)); }
  Self& host(std::string_view host) { return set("host", Value(host)); }
  Self& directory(std::string_view path) { return set("directory", Value(path)); }
  Self& option(const std::string& name, const Value& value) { return put(options_, name, value); }
  Self& metadata(const std::string& name, const Value& value) {
    return put(metadata_, name, value);
  }
  Self& environment(const std::string& name, std::string_view value) {
    return put(environment_, name, Value(value));
  }
  Self& tag(std::string_view tag) {
    tags_.push_back(detail::string_json(tag));
    return self();
  }
  // After any failure; or after those of one class ("out-of-memory", "exit", ...), each time with
  // so much more of some options: {{"memory", "x1.5"}}.
  Self& retries(int times) {
    retries_.clear();
    return set("retries", Value(times));
  }
  Self& retries(const std::string& failure_class, int times,
                const std::map<std::string, std::string>& growth = {}) {
    detail::Entries entry{{"times", std::to_string(times)}};
    for (const auto& [option, factor] : growth) entry[option] = detail::string_json(factor);
    retries_[failure_class] = detail::object(entry);
    keys_.erase("retries");
    return self();
  }
  Self& timeout(std::string_view duration) { return set("timeout", Value(duration)); }  // "1h30m"
  Self& no_equivalence() { return set("equivalence", Value("none")); }

 protected:
  Keys() = default;
  Self& self() { return static_cast<Self&>(*this); }
  Self& set(const std::string& key, const Value& value) {
    keys_[key] = value.json();
    return self();
  }
  detail::Entries written() const {
    auto keys = keys_;
    const auto add = [&](const char* key, const detail::Entries& entries) {
      if (!entries.empty()) keys[key] = detail::object(entries);
    };
    add("options", options_);
    add("metadata", metadata_);
    add("environment", environment_);
    add("retries", retries_);
    if (!tags_.empty()) keys["tags"] = detail::list(tags_);
    return keys;
  }

 private:
  Self& put(detail::Entries& entries, const std::string& name, const Value& value) {
    entries[name] = value.json();
    return self();
  }
  detail::Entries keys_, options_, metadata_, environment_, retries_;
  std::vector<std::string> tags_;
};

class Defaults : public Keys<Defaults> {
 private:
  friend class Builder;
};

class Node : public Keys<Node> {
 public:
  explicit Node(std::string name) : name_(std::move(name)) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const std::string& name() const { return name_; }

  // Commands run in the order in which they are added, until one fails.
  Node& sh(std::string_view text) { return command({{"sh", detail::string_json(text)}}); }
  Node& exec(const std::vector<std::string>& words) {
    return command({{"exec", detail::texts(words)}});
  }

  // Nodes by name, as in the file: "align[sample=a]", "align[*]".
  Node& needs(std::string_view node) { return edge(needs_, node); }
  Node& needs(const Node& node) { return edge(needs_, node.name_); }
  Node& on_success(std::string_view node) { return edge(on_success_, node); }
  Node& on_success(const Node& node) { return edge(on_success_, node.name_); }
  Node& on_failure(std::string_view node) { return edge(on_failure_, node); }
  Node& on_failure(const Node& node) { return edge(on_failure_, node.name_); }
  Node& active(bool from_the_start) { return set("active", Value(from_the_start)); }

  Node& product(std::string_view path) {
    products_.push_back(detail::string_json(path));
    return *this;
  }
  Node& done_when(const DoneWhen& condition) {
    done_when_ = condition.json();
    return *this;
  }

  Node& matrix(const std::string& key, const std::vector<std::string>& values) {
    matrix_[key] = detail::texts(values);
    return *this;
  }
  Node& matrix_from(std::string_view csv_file) {
    matrix_["from"] = detail::string_json(csv_file);
    return *this;
  }

 private:
  friend class Builder;
  Node& command(const detail::Entries& command) {
    run_.push_back(detail::object(command));
    return *this;
  }
  Node& edge(std::vector<std::string>& edges, std::string_view node) {
    edges.push_back(detail::string_json(node));
    return *this;
  }
  std::string json() const {
    auto keys = written();
    const auto add = [&](const char* key, const std::vector<std::string>& items) {
      if (!items.empty()) keys[key] = detail::list(items);
    };
    add("run", run_);
    add("needs", needs_);
    add("on_success", on_success_);
    add("on_failure", on_failure_);
    add("product", products_);
    if (!done_when_.empty()) keys["done_when"] = done_when_;
    if (!matrix_.empty()) keys["matrix"] = detail::object(matrix_);
    return detail::object(keys);
  }

  std::string name_, done_when_;
  std::vector<std::string> run_, needs_, on_success_, on_failure_, products_;
  detail::Entries matrix_;
};

class Builder {
 public:
  explicit Builder(std::string name = {}) : name_(std::move(name)) {}
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  // A new one. Two of one name are refused when the workflow is read.
  Node& node(std::string name) { return nodes_.emplace_back(std::move(name)); }
  Defaults& defaults() { return defaults_; }

  void write(std::ostream& out) const {
    out << "{\n";
    if (!name_.empty()) out << "\"name\": " << detail::string_json(name_) << ",\n";
    if (const auto keys = defaults_.written(); !keys.empty())
      out << "\"defaults\": " << detail::object(keys) << ",\n";
    out << "\"nodes\": {";
    const char* gap = "\n";
    for (const auto& node : nodes_) {
      out << gap << "  " << detail::string_json(node.name()) << ": " << node.json();
      gap = ",\n";
    }
    out << "\n}}\n";
  }
  friend std::ostream& operator<<(std::ostream& out, const Builder& flow) {
    flow.write(out);
    return out;
  }

 private:
  std::string name_;
  Defaults defaults_;
  std::deque<Node> nodes_;
};

}  // namespace ketrew::flow
