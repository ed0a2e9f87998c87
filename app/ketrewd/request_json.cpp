#include "app/ketrewd/request_json.hpp"

#include <vector>

namespace ketrew::daemon {
namespace {

// Builds the value while the parser reads, and stops it at the first fault. The functions are those
// that nlohmann::json::sax_parse calls; each says whether to go on.
class Builder {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(number_integer_t value) { return put(value); }
  bool number_unsigned(number_unsigned_t value) { return put(value); }
  bool number_float(number_float_t value, const string_t& text) {
    if (text.find_first_of(".eE") == std::string::npos) return too_large(text);
    return put(value);
  }
  bool string(string_t& value) { return put(std::move(value)); }
  bool binary(binary_t&) { return false; }  // not in texts
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& key) {
    auto& object = open_.back()->get_ref<Json::object_t&>();
    const auto [at, added] = object.try_emplace(std::move(key));
    if (!added) return stop("the key \"" + one_line(key, 60) + "\" is twice in one object");
    member_ = &at->second;
    return true;
  }
  bool parse_error(std::size_t, const std::string& token, const Json::exception& error) {
    if (error.id == 406) return too_large(token);  // its number for a double that overflows
    const std::string_view words = error.what();
    const auto after_name = words.find("] ");
    return stop("the body is not JSON: " +
                one_line(words.substr(after_name == std::string_view::npos ? 0 : after_name + 2), 160));
  }

  Result<Json> result(bool parsed) {
    if (!parsed) return fail(ErrorKind::invalid, problem_);
    return std::move(root_);
  }

 private:
  template <class T>
  Json* add(T&& value) {
    if (open_.empty()) return &(root_ = std::forward<T>(value));
    if (open_.back()->is_array()) return &open_.back()->emplace_back(std::forward<T>(value));
    return &(*member_ = std::forward<T>(value));
  }
  template <class T>
  bool put(T&& value) {
    add(std::forward<T>(value));
    return true;
  }
  bool open(Json value) {
    if (open_.size() >= deepest_request)
      return stop("the body has more than " + std::to_string(deepest_request) +
                  " levels of arrays and objects");
    open_.push_back(add(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool too_large(const std::string& text) {
    return stop("the number " + one_line(text, 40) +
                " in the body does not fit 64 bits; write it as a string");
  }
  bool stop(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  Json root_;
  std::vector<Json*> open_;  // arrays and objects that have not ended; no others grow meanwhile
  Json* member_ = nullptr;   // of the innermost object: the value that comes next
  std::string problem_;
};

}  // namespace

Result<Json> parse_request_json(std::string_view text) {
  Builder builder;
  const bool parsed = Json::sax_parse(text, &builder);
  return builder.result(parsed);
}

}  // namespace ketrew::daemon
