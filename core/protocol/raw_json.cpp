#include "core/protocol/raw_json.hpp"

#include <charconv>

namespace ketrew::protocol {
namespace {

constexpr int deepest = 256;  // levels; the scanner calls itself once a level

tl::unexpected<Error> broken(const char* what, std::size_t at) {
  return fail(ErrorKind::invalid,
              std::string("not JSON: ") + what + " at byte " + std::to_string(at));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Walks over JSON without building anything.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  void skip_space() {
    while (!at_end() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  const char* problem() const { return problem_; }

  bool string();
  bool value(int depth);
  // Each calls `member(key text, value text)` or `element(value text)`.
  template <class F>
  bool object(int depth, F member);
  template <class F>
  bool array(int depth, F element);

 private:
  bool bad(const char* what) {
    if (!problem_) problem_ = what;
    return false;
  }
  bool number();
  bool unicode_escape();
  bool hex4(unsigned& value);
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return bad("an unknown word");
    at_ += expected.size();
    return true;
  }
  bool digits() {
    if (!is_digit(peek())) return bad("a digit is missing");
    while (is_digit(peek())) ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  const char* problem_ = nullptr;
};

bool Scanner::string() {
  if (!take('"')) return bad("a string was expected");
  const char* const end = text_.data() + text_.size();
  while (true) {
    // Most of all bytes are looked at here: by a pointer of its own, which need not be stored.
    const char* next = text_.data() + at_;
    while (next != end && *next != '"' && *next != '\\' && static_cast<unsigned char>(*next) >= 0x20)
      ++next;
    at_ = static_cast<std::size_t>(next - text_.data());
    if (next == end) return bad("a string without its end");
    ++at_;
    if (*next == '"') return true;
    if (*next != '\\') {
      --at_;
      return bad("a control character in a string");
    }
    if (at_end()) return bad("a string without its end");
    const char escape = text_[at_++];
    if (escape == 'u') {
      if (!unicode_escape()) return false;
    } else if (std::string_view("\"\\/bfnrt").find(escape) == std::string_view::npos) {
      return bad("an unknown escape");
    }
  }
}

bool Scanner::hex4(unsigned& value) {
  value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = peek();
    if (!is_hex(c)) return bad("a broken \\u escape");
    value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return true;
}

bool Scanner::unicode_escape() {  // after the 'u'
  unsigned value = 0, low = 0;
  if (!hex4(value)) return false;
  if (value < 0xd800 || value > 0xdfff) return true;
  if (value > 0xdbff || !take('\\') || !take('u') || !hex4(low) || low < 0xdc00 || low > 0xdfff)
    return bad("half a surrogate pair");
  return true;
}

bool Scanner::number() {
  take('-');
  if (!take('0') && !digits()) return false;
  if (take('.') && !digits()) return false;
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (!take('+')) take('-');
    if (!digits()) return false;
  }
  return true;
}

bool Scanner::value(int depth) {
  switch (peek()) {
    case '{': return object(depth, [](std::string_view, std::string_view) {});
    case '[': return array(depth, [](std::string_view) {});
    case '"': return string();
    case 't': return word("true");
    case 'f': return word("false");
    case 'n': return word("null");
    default: break;
  }
  if (peek() == '-' || is_digit(peek())) return number();
  return bad(at_end() ? "it ends too early" : "a value was expected");
}

template <class F>
bool Scanner::object(int depth, F member) {
  if (depth >= deepest) return bad("too many levels");
  if (!take('{')) return bad("an object was expected");
  skip_space();
  if (take('}')) return true;
  while (true) {
    skip_space();
    const std::size_t key = at_;
    if (!string()) return false;
    const std::size_t key_end = at_;
    skip_space();
    if (!take(':')) return bad("':' was expected");
    skip_space();
    const std::size_t begin = at_;
    if (!value(depth + 1)) return false;
    member(text_.substr(key, key_end - key), text_.substr(begin, at_ - begin));
    skip_space();
    if (take('}')) return true;
    if (!take(',')) return bad("',' or '}' was expected");
  }
}

template <class F>
bool Scanner::array(int depth, F element) {
  if (depth >= deepest) return bad("too many levels");
  if (!take('[')) return bad("a list was expected");
  skip_space();
  if (take(']')) return true;
  while (true) {
    skip_space();
    const std::size_t begin = at_;
    if (!value(depth + 1)) return false;
    element(text_.substr(begin, at_ - begin));
    skip_space();
    if (take(']')) return true;
    if (!take(',')) return bad("',' or ']' was expected");
  }
}

Result<> finished(Scanner& scanner, bool good) {
  if (!good) return broken(scanner.problem(), scanner.at());
  scanner.skip_space();
  if (!scanner.at_end()) return broken("something follows", scanner.at());
  return {};
}

std::string unescape(std::string_view text) {  // with its quotes
  if (text.find('\\') == std::string_view::npos)
    return std::string(text.substr(1, text.size() - 2));
  const Json json = Json::parse(text, nullptr, false);
  return json.is_string() ? json.get<std::string>()
                          : to_valid_utf8(text.substr(1, text.size() - 2));
}

}  // namespace

RawJson raw(const Json& json) {
  return {json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

std::optional<std::string_view> Members::find(std::string_view key) const {
  for (auto at = members_.rbegin(); at != members_.rend(); ++at)
    if (at->key == key) return at->value;
  return std::nullopt;
}

Result<> check_json(std::string_view text) {
  if (!is_utf8(text)) return fail(ErrorKind::invalid, "not JSON: not UTF-8");
  Scanner scanner(text);
  scanner.skip_space();
  const bool good = scanner.value(0);
  return finished(scanner, good);
}

Result<Members> scan_checked_object(std::string_view text) {
  std::vector<Member> members;
  members.reserve(8);
  Scanner scanner(text);
  scanner.skip_space();
  const bool good = scanner.object(0, [&](std::string_view key, std::string_view value) {
    members.push_back({unescape(key), value});
  });
  if (auto end = finished(scanner, good); !end) return pass(end.error());
  return Members(std::move(members));
}

Result<std::vector<std::string_view>> scan_checked_array(std::string_view text) {
  std::vector<std::string_view> elements;
  Scanner scanner(text);
  scanner.skip_space();
  const bool good =
      scanner.array(0, [&](std::string_view element) { elements.push_back(element); });
  if (auto end = finished(scanner, good); !end) return pass(end.error());
  return elements;
}

Result<Members> scan_object(std::string_view text) {
  if (!is_utf8(text)) return fail(ErrorKind::invalid, "not JSON: not UTF-8");
  return scan_checked_object(text);
}

Result<std::vector<std::string_view>> scan_array(std::string_view text) {
  if (!is_utf8(text)) return fail(ErrorKind::invalid, "not JSON: not UTF-8");
  return scan_checked_array(text);
}

std::optional<std::string> scan_string(std::string_view text) {
  Scanner scanner(text);
  if (!scanner.string() || !scanner.at_end()) return std::nullopt;
  return unescape(text);
}

std::optional<std::int64_t> scan_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
  });
}

}  // namespace ketrew::protocol
