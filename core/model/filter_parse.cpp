#include <charconv>

#include "core/base/text.hpp"
#include "core/model/filter.hpp"

namespace ketrew::filter {
namespace {

constexpr std::size_t text_limit = 64 * 1024, test_limit = 1000;
constexpr int depth_limit = 64;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
// What ends a bare word. Everything else may stand in one: names such as align[sample=a] must be
// quoted only because of the `=`.
bool ends_word(char c) {
  return is_blank(c) || c == '(' || c == ')' || c == '=' || c == '~' || c == '<' || c == '>' ||
         c == '!' || c == '"' || c == '\'';
}

struct Token {
  enum class Kind { word, quoted, op, open, close, end } kind = Kind::end;
  std::string text;
  Op op = Op::equal;
  std::size_t column = 1;
};

Error error_at(std::size_t column, const std::string& what, std::string hint = {}) {
  return {ErrorKind::invalid, "filter, column " + std::to_string(column) + ": " + what,
          std::move(hint)};
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<Token> next() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    Token token;
    token.column = at_ + 1;
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (c == '(' || c == ')') {
      ++at_;
      token.kind = c == '(' ? Token::Kind::open : Token::Kind::close;
      token.text = c;
      return token;
    }
    if (c == '"' || c == '\'') return quoted(token);
    if (c == '=' || c == '~' || c == '<' || c == '>' || c == '!') return op(token);
    const std::size_t from = at_;
    while (at_ < text_.size() && !ends_word(text_[at_])) ++at_;
    token.kind = Token::Kind::word;
    token.text = std::string(text_.substr(from, at_ - from));
    return token;
  }

 private:
  Result<Token> quoted(Token token) {
    const char quote = text_[at_++];
    token.kind = Token::Kind::quoted;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() &&
          (text_[at_ + 1] == '\\' || text_[at_ + 1] == '"' || text_[at_ + 1] == '\''))
        ++at_;
      token.text += text_[at_++];
    }
    if (at_ == text_.size()) return pass(error_at(token.column, "a quote that is not closed"));
    ++at_;
    return token;
  }

  Result<Token> op(Token token) {
    static constexpr std::pair<std::string_view, Op> words[] = {
        {"!=", Op::differs},    {"!~", Op::unlike},        {"<=", Op::less_equal},
        {">=", Op::greater_equal}, {"==", Op::equal},      {"=", Op::equal},
        {"~", Op::like},        {"<", Op::less},           {">", Op::greater}};
    for (const auto& [word, which] : words) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      token.kind = Token::Kind::op;
      token.text = word;
      token.op = which;
      return token;
    }
    return pass(error_at(token.column, "'!' alone means nothing", "write `not`, `!=` or `!~`"));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string quoted_list(std::span<const std::string> words) { return join(words, ", "); }

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<Filter> run() {
    if (auto first = advance(); !first) return pass(first.error());
    if (token_.kind == Token::Kind::end) return Filter{};
    auto filter = any(0);
    if (!filter) return filter;
    if (token_.kind != Token::Kind::end)
      return pass(error_at(token_.column, "unexpected " + shown(),
                           "join tests with `and` or `or`; quote values with blanks or signs"));
    return filter;
  }

 private:
  Result<> advance() {
    auto token = lexer_.next();
    if (!token) return pass(token.error());
    token_ = std::move(*token);
    return {};
  }
  bool at_word(std::string_view word) const {
    return token_.kind == Token::Kind::word && token_.text == word;
  }
  std::string shown() const {
    if (token_.kind == Token::Kind::end) return "end";
    return "'" + one_line(token_.text, 40) + "'";
  }

  Result<Filter> any(int depth) { return chain(depth, "or", Filter::Form::any); }
  Result<Filter> all(int depth) { return chain(depth, "and", Filter::Form::all); }

  Result<Filter> chain(int depth, std::string_view word, Filter::Form form) {
    std::vector<Filter> parts;
    while (true) {
      auto part = form == Filter::Form::any ? all(depth) : factor(depth);
      if (!part) return part;
      parts.push_back(std::move(*part));
      if (!at_word(word)) break;
      if (auto next = advance(); !next) return pass(next.error());
    }
    if (parts.size() == 1) return std::move(parts.front());
    Filter filter;
    filter.form = form;
    filter.parts = std::move(parts);
    return filter;
  }

  Result<Filter> factor(int depth) {
    if (depth > depth_limit) return pass(error_at(token_.column, "nested too deeply"));
    if (at_word("not")) {
      if (auto next = advance(); !next) return pass(next.error());
      auto part = factor(depth + 1);
      if (!part) return part;
      Filter filter;
      filter.form = Filter::Form::no;
      filter.parts.push_back(std::move(*part));
      return filter;
    }
    if (token_.kind == Token::Kind::open) {
      const std::size_t column = token_.column;
      if (auto next = advance(); !next) return pass(next.error());
      auto inner = any(depth + 1);
      if (!inner) return inner;
      if (token_.kind != Token::Kind::close)
        return pass(error_at(token_.column, "expected ')' for the '(' in column " +
                                                std::to_string(column) + ", not " + shown()));
      if (auto next = advance(); !next) return pass(next.error());
      return inner;
    }
    return test();
  }

  Result<Filter> test() {
    if (token_.kind != Token::Kind::word)
      return pass(error_at(token_.column, "expected a field, not " + shown(), field_list()));
    if (++tests_ > test_limit)
      return pass(error_at(token_.column, "more than " + std::to_string(test_limit) + " tests"));
    const FieldInfo* field = nullptr;
    std::vector<std::string> names;
    for (const auto& each : fields()) {
      if (each.name == token_.text) field = &each;
      names.emplace_back(each.name);
    }
    if (!field) {
      const std::string near = nearest(token_.text, names);
      return pass(error_at(token_.column, "unknown field " + shown(),
                           near.empty() ? field_list() : "did you mean '" + near + "'?"));
    }
    if (auto next = advance(); !next) return pass(next.error());
    Filter filter;
    filter.form = Filter::Form::test;
    filter.test.field = field->field;
    if (field->kind == Kind::flag) {
      if (token_.kind == Token::Kind::op)
        return pass(error_at(token_.column, "'" + std::string(field->name) + "' stands by itself",
                             "write `" + std::string(field->name) + "` or `not " +
                                 std::string(field->name) + "`"));
      return filter;
    }
    if (token_.kind != Token::Kind::op)
      return pass(error_at(token_.column, "expected an operator after '" +
                                              std::string(field->name) + "', not " + shown(),
                           operators_of(*field)));
    if (!allows(*field, token_.op))
      return pass(error_at(token_.column, shown() + " does not go with '" +
                                              std::string(field->name) + "'",
                           operators_of(*field)));
    filter.test.op = token_.op;
    if (auto next = advance(); !next) return pass(next.error());
    if (token_.kind != Token::Kind::word && token_.kind != Token::Kind::quoted)
      return pass(error_at(token_.column, "expected a value for '" + std::string(field->name) +
                                              "', not " + shown()));
    if (auto valued = value(*field, filter.test); !valued) return pass(valued.error());
    if (auto next = advance(); !next) return pass(next.error());
    return filter;
  }

  static bool allows(const FieldInfo& field, Op op) {
    if (op == Op::equal || op == Op::differs) return true;
    const bool like = op == Op::like || op == Op::unlike;
    if (field.kind == Kind::text) return like;
    return !like && field.kind != Kind::states && field.field != Field::failure;
  }
  static std::string operators_of(const FieldInfo& field) {
    std::string words = "use = or !=";
    if (allows(field, Op::like)) words = "use =, !=, ~ or !~";
    if (allows(field, Op::less)) words = "use =, !=, <, <=, > or >=";
    return words;
  }
  static std::string field_list() {
    std::vector<std::string> names;
    for (const auto& each : fields()) names.emplace_back(each.name);
    return "known: " + quoted_list(names);
  }

  Result<> value(const FieldInfo& field, Test& test) {
    const std::string& word = token_.text;
    switch (field.kind) {
      case Kind::text:
        test.text = word;
        if (field.field == Field::id && test.op != Op::like && test.op != Op::unlike) {
          const auto prefix = parse_id_prefix(word);
          if (!prefix) return pass(error_at(token_.column, shown() + " cannot begin an id"));
          test.text = *prefix;
        }
        return {};
      case Kind::states: return states(field, test);
      case Kind::number:
        if (field.field == Field::failure) return failure(test);
        if (const auto [end, error] =
                std::from_chars(word.data(), word.data() + word.size(), test.number);
            error != std::errc() || end != word.data() + word.size())
          return pass(error_at(token_.column, shown() + " is not a whole number"));
        return {};
      case Kind::duration: {
        const auto duration = parse_duration(word);
        if (!duration)
          return pass(error_at(token_.column, shown() + " is not a duration",
                               "write 90s, 10m, 1h30m or 2d"));
        test.number = duration->count();
        return {};
      }
      case Kind::time: {
        auto time = parse_rfc3339(word);
        if (!time) time = parse_rfc3339(word + "T00:00:00Z");
        if (!time)
          return pass(error_at(token_.column, shown() + " is not a time",
                               "write 2026-11-23 or 2026-11-23T02:23:52Z"));
        test.number = unix_milliseconds(*time);
        return {};
      }
      case Kind::flag: break;
    }
    return {};
  }

  Result<> states(const FieldInfo& field, Test& test) {
    std::vector<std::string> words;
    if (field.field == Field::status) {
      for (const Status status :
           {Status::activable, Status::in_progress, Status::successful, Status::failed})
        words.emplace_back(to_string(status));
      if (const auto status = parse_status(token_.text)) {
        for (const State state : all_states)
          if (status_of(state) == *status) test.states |= bit(state);
        return {};
      }
    } else {
      for (const State state : all_states) words.emplace_back(to_string(state));
      if (const auto state = parse_state(token_.text)) {
        test.states = bit(*state);
        return {};
      }
    }
    return unknown_word(field.name, words);
  }

  Result<> failure(Test& test) {
    const auto failure = parse_failure_class(token_.text);
    if (failure) {
      test.number = static_cast<std::int64_t>(*failure);
      return {};
    }
    std::vector<std::string> words;
    for (const FailureClass each : all_failure_classes) words.emplace_back(to_string(each));
    return unknown_word("class", words);
  }

  Result<> unknown_word(std::string_view what, std::span<const std::string> words) {
    const std::string near = nearest(token_.text, words);
    return pass(error_at(token_.column, "unknown " + std::string(what) + " " + shown(),
                         near.empty() ? "known: " + quoted_list(words)
                                      : "did you mean '" + near + "'?"));
  }

  Lexer lexer_;
  Token token_;
  std::size_t tests_ = 0;
};

}  // namespace

Result<Filter> parse(std::string_view text) {
  if (text.size() > text_limit)
    return fail(ErrorKind::invalid, "filter: longer than 64 KiB");
  return Parser(text).run();
}

}  // namespace ketrew::filter
