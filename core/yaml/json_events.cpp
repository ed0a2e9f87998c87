#include "core/yaml/json_events.hpp"

#include <iterator>

namespace ketrew::yaml {
namespace {

// Where the parser is, and where the token began that it is in.
struct Position {
  Place next, token;
  bool in_token = false;

  void past(char c) {
    if (!in_token && std::string_view(" \t\r\n,:]}").find(c) == std::string_view::npos) {
      in_token = true;
      token = next;
    }
    if (c == '\n') {
      ++next.line;
      next.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      ++next.column;
    }
  }
};

// The parser takes each byte once, in order.
class Bytes {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Bytes(const char* at, Position& position) : at_(at), position_(&position) {}
  reference operator*() const { return *at_; }
  Bytes& operator++() {
    position_->past(*at_++);
    return *this;
  }
  Bytes operator++(int) {
    Bytes before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Bytes& other) const { return at_ == other.at_; }
  bool operator!=(const Bytes& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Position* position_;
};

class JsonEvents : public nlohmann::json_sax<Json> {
 public:
  JsonEvents(Position& position, Builder& builder) : position_(position), builder_(builder) {}

  bool null() override { return builder_.null(token()), true; }
  bool boolean(bool value) override { return plain(value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { return plain(std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) override { return plain(std::to_string(value)); }
  bool number_float(double, const std::string& text) override { return plain(text); }
  bool string(std::string& text) override {
    return builder_.scalar(token(), std::move(text), true), true;
  }
  bool key(std::string& text) override { return string(text); }
  bool start_object(std::size_t) override { return builder_.open(token(), Node::Kind::map), true; }
  bool start_array(std::size_t) override { return builder_.open(token(), Node::Kind::list), true; }
  bool end_object() override { return builder_.close(), true; }
  bool end_array() override { return builder_.close(), true; }
  bool binary(Json::binary_t&) override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  Place token() {
    position_.in_token = false;
    return position_.token;
  }
  bool plain(std::string text) { return builder_.scalar(token(), std::move(text), false), true; }

  Position& position_;
  Builder& builder_;
};

}  // namespace

bool is_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[') &&
         Json::accept(text);
}

void read_json(std::string_view text, int file, Builder& builder) {
  Position position;
  position.next = {1, 1, file};
  JsonEvents events(position, builder);
  Json::sax_parse(Bytes(text.data(), position), Bytes(text.data() + text.size(), position),
                  &events);
}

}  // namespace ketrew::yaml
