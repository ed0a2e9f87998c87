#include "core/workflow/shell_context.hpp"

#include <array>
#include <utility>

namespace ketrew::workflow {
namespace {

enum class Mode { plain, bracket, substitution, double_quotes, backticks, parameter, arithmetic };
constexpr std::size_t modes_there_are = 7;

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool ends_word(char c) {
  return is_blank(c) || std::string_view("\n;|&()<>").find(c) != std::string_view::npos;
}
bool is_subsequence(std::string_view part, std::string_view whole) {
  for (const char c : whole)
    if (!part.empty() && part.front() == c) part.remove_prefix(1);
  return part.empty();
}

class Scanner {
 public:
  Scanner(std::string_view text, const std::vector<Span>& spans)
      : text_(text), spans_(spans), places_(spans.size()) {}

  std::vector<ShellPlace> run() {
    while (at_ < text_.size()) step();
    if (!open_.empty()) unclosed(open_.front().first_span, places_.size());
    return std::move(places_);
  }

 private:
  struct HereDocument {
    std::string delimiter;
    bool literal = false, tabs = false;
  };
  struct Open {
    Mode mode;
    std::size_t first_span;  // the number of the first one in it
  };

  bool at_span() const { return next_ < spans_.size() && spans_[next_].begin == at_; }
  bool here(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  // Past one byte, or past a span that stands in this context.
  void pass(ShellContext context) {
    if (at_span()) {
      places_[next_].context = uncertain_ ? ShellContext::uncertain : context;
      at_ = spans_[next_++].end;
      return;
    }
    // Whether the here-document begins behind such a line break is a matter of the shell.
    if (text_[at_] == '\n' && !waiting_.empty()) uncertain_ = true;
    ++at_;
  }
  Mode mode() const { return open_.empty() ? Mode::plain : open_.back().mode; }
  bool inside(Mode mode) const { return count_[static_cast<std::size_t>(mode)] > 0; }
  void enter(Mode mode, std::size_t bytes) {
    open_.push_back({mode, next_});
    ++count_[static_cast<std::size_t>(mode)];
    at_ += bytes;
  }
  void leave() {
    --count_[static_cast<std::size_t>(open_.back().mode)];
    open_.pop_back();
    ++at_;
  }
  void unclosed(std::size_t first, std::size_t end) {
    for (; first < end; ++first) places_[first].context = ShellContext::unclosed;
  }

  void step() {
    switch (mode()) {
      case Mode::plain:
      case Mode::bracket:
      case Mode::substitution: return plain();
      case Mode::double_quotes:
        if (!at_span() && text_[at_] == '"') return leave();
        return expandable(ShellContext::double_quotes);
      case Mode::backticks:
        if (!at_span() && text_[at_] == '`') return leave();
        if (!at_span() && text_[at_] == '\\') return backslash();
        return pass(ShellContext::backticks);
      case Mode::parameter: return parameter();
      case Mode::arithmetic:
        if (!at_span() && text_[at_] == '(') return enter(Mode::arithmetic, 1);
        if (!at_span() && text_[at_] == ')') return leave();
        // No arithmetic then, but commands in brackets: $((a) | b).
        if (!at_span() && (text_[at_] == '"' || text_[at_] == '\'')) uncertain_ = true;
        return expandable(ShellContext::arithmetic);
    }
  }

  // What begins an expansion, in double quotes as well as outside.
  void expandable(ShellContext context) {
    if (at_span()) return pass(context);
    if (text_[at_] == '\\') return backslash();
    if (text_[at_] == '`') return enter(Mode::backticks, 1);
    if (here("$((")) return arithmetic(1);
    if (here("$(")) return enter(Mode::substitution, 2);
    if (here("${")) return enter(Mode::parameter, 2);
    if (here("$[")) uncertain_ = true;  // bash's old arithmetic, in which quotes do not quote
    pass(context);
  }
  void arithmetic(std::size_t dollar) {
    enter(Mode::arithmetic, dollar + 1);
    enter(Mode::arithmetic, 1);
  }
  void parameter() {
    if (at_span()) return pass(ShellContext::parameter);
    const char c = text_[at_];
    if (c == '}') return leave();
    if (c == '"' || c == '\'') {
      // Shells disagree on quotes in "${...}".
      if (inside(Mode::double_quotes)) uncertain_ = true;
      return c == '"' ? enter(Mode::double_quotes, 1) : single_quotes(ShellContext::parameter);
    }
    expandable(ShellContext::parameter);
  }
  void backslash() {
    ++at_;
    if (at_ < text_.size()) pass(ShellContext::escaped);
  }
  void single_quotes(ShellContext context) {
    const std::size_t opened = next_;
    for (++at_; at_ < text_.size(); pass(context))
      if (!at_span() && text_[at_] == '\'') {
        ++at_;
        return;
      }
    unclosed(opened, next_);
  }
  void dollar_quotes() {
    const std::size_t opened = next_;
    for (at_ += 2; at_ < text_.size();) {
      if (!at_span() && text_[at_] == '\'') {
        ++at_;
        return;
      }
      if (!at_span() && text_[at_] == '\\') {
        ++at_;
        // A shell that does not know $'...' takes this one for the end of a '...'.
        if (at_ < text_.size() && !at_span() && text_[at_] == '\'') uncertain_ = true;
      }
      if (at_ < text_.size()) pass(ShellContext::dollar_quotes);
    }
    unclosed(opened, next_);
  }

  bool begins_word() const { return at_ == 0 || ends_word(text_[at_ - 1]); }
  void plain() {
    if (at_span()) return pass(subscript_ ? ShellContext::arithmetic : ShellContext::plain);
    const char c = text_[at_];
    if (c == ']' || ends_word(c))
      subscript_ = false;
    else if (c == '[' && at_ > 0 && in_name(text_[at_ - 1]))
      subscript_ = true;
    if (subscript_ && (c == '\'' || c == '"')) uncertain_ = true;
    if (c == '\'') return single_quotes(ShellContext::single_quotes);
    if (c == '"') return enter(Mode::double_quotes, 1);
    if (here("$'")) return dollar_quotes();
    if (c == '#' && begins_word()) return comment();
    if (c == '\n' && !waiting_.empty()) return here_documents();
    if (here("<<<")) {
      at_ += 3;
      return;
    }
    if (here("<<")) return here_delimiter();
    if (here("((")) return arithmetic(0);
    if (c == '(') return enter(Mode::bracket, 1);
    if (c == ')' && mode() != Mode::plain) {
      if (mode() == Mode::substitution && !waiting_.empty()) uncertain_ = true;
      return leave();
    }
    // The bracket behind each of its patterns closes nothing.
    if (here("case") && begins_word() && inside(Mode::substitution) &&
        (at_ + 4 >= text_.size() || ends_word(text_[at_ + 4])))
      uncertain_ = true;
    expandable(ShellContext::plain);
  }
  void comment() {
    while (at_ < text_.size() && (at_span() || text_[at_] != '\n')) pass(ShellContext::comment);
  }

  void here_delimiter() {
    at_ += 2;
    HereDocument document;
    if (at_ < text_.size() && !at_span() && text_[at_] == '-') {
      document.tabs = true;
      ++at_;
    }
    while (at_ < text_.size() && !at_span() && is_blank(text_[at_])) ++at_;
    for (char quote = 0; at_ < text_.size();) {
      if (at_span()) {
        pass(ShellContext::delimiter);
        continue;
      }
      const char c = text_[at_];
      if (!quote && ends_word(c)) break;
      if (c == '$' || c == '`' || c == '\n') uncertain_ = true;
      if (quote ? c == quote : c == '\'' || c == '"') {
        quote = quote ? '\0' : c;
        document.literal = true;
      } else if (c == '\\') {
        if (quote == '"') uncertain_ = true;
        document.literal = true;
      } else {
        document.delimiter += c;
      }
      ++at_;
    }
    waiting_.push_back(std::move(document));
  }

  void here_documents() {
    ++at_;
    for (const auto& document : std::exchange(waiting_, {})) {
      const std::size_t first = next_;
      bool closed = false;
      while (at_ < text_.size() && !closed) closed = here_line(document);
      if (!closed) unclosed(first, next_);
    }
  }
  // Past one line; tells whether it was the delimiter.
  bool here_line(const HereDocument& document) {
    const std::size_t first = next_;
    std::string line;  // without the spans
    while (at_ < text_.size() && (at_span() || text_[at_] != '\n')) {
      if (!at_span()) line += text_[at_];
      here_text(document);
    }
    if (at_ < text_.size()) ++at_;
    // Whether the next line belongs to this one and can be the delimiter: shells differ.
    if (!document.literal && !line.empty() && line.back() == '\\') uncertain_ = true;
    if (document.tabs) line.erase(0, std::min(line.find_first_not_of('\t'), line.size()));
    if (first == next_) return line == document.delimiter;
    if (is_subsequence(line, document.delimiter))
      for (std::size_t i = first; i < next_; ++i) places_[i].delimiter = document.delimiter;
    return false;
  }
  // Only ${NAME} is followed. Where another expansion ends, and so the document, is not told.
  void here_text(const HereDocument& document) {
    if (document.literal) return pass(ShellContext::here_literal);
    if (at_span()) return pass(ShellContext::here_document);
    if (here("\\") && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
      ++at_;
      return pass(ShellContext::escaped);
    }
    if (here("$(") || here("`") || here("$[") || (here("${") && !at_simple_parameter()))
      uncertain_ = true;
    pass(ShellContext::here_document);
  }
  bool at_simple_parameter() const {
    std::size_t end = at_ + 2;
    while (end < text_.size() && in_name(text_[end])) ++end;
    return end > at_ + 2 && end < text_.size() && text_[end] == '}';
  }

  const std::string_view text_;
  const std::vector<Span>& spans_;
  std::vector<ShellPlace> places_;
  std::size_t at_ = 0, next_ = 0;  // in the text; the next span
  std::vector<Open> open_;
  std::array<std::size_t, modes_there_are> count_{};  // of those in open_
  std::vector<HereDocument> waiting_;                 // for the end of the line
  bool subscript_ = false;                            // behind NAME[ in a word
  bool uncertain_ = false;                            // from here on
};

}  // namespace

std::vector<ShellPlace> shell_places(std::string_view text, const std::vector<Span>& spans) {
  return Scanner(text, spans).run();
}

}  // namespace ketrew::workflow
