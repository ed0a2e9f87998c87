#include "core/model/filter.hpp"

namespace ketrew::filter {
namespace {

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// The bytes of the character that begins here; a byte that begins none counts as one.
std::size_t character(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  std::size_t size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::size_t seen = 1;
  while (seen < size && at + seen < text.size() &&
         (static_cast<unsigned char>(text[at + seen]) & 0xc0) == 0x80)
    ++seen;
  return seen;
}

class Judge {
 public:
  Judge(const JobRecord& job, Wall now) : job_(job), now_(now) {}

  bool holds(const Filter& filter) const {
    switch (filter.form) {
      case Filter::Form::test: return holds(filter.test);
      case Filter::Form::all:
        return std::all_of(filter.parts.begin(), filter.parts.end(),
                           [this](const Filter& part) { return holds(part); });
      case Filter::Form::any:
        return std::any_of(filter.parts.begin(), filter.parts.end(),
                           [this](const Filter& part) { return holds(part); });
      case Filter::Form::no: return !holds(filter.parts.front());
    }
    return false;
  }

 private:
  bool holds(const Test& test) const {
    const Progress& p = job_.progress;
    switch (test.field) {
      case Field::id: {
        const std::string id = job_.id.text();
        if (test.op == Op::like || test.op == Op::unlike) return text(test, id);
        return id.starts_with(test.text) == (test.op == Op::equal);
      }
      case Field::name: return text(test, job_.spec.name);
      case Field::backend: return text(test, job_.spec.backend);
      case Field::host: return text(test, job_.spec.host);
      case Field::tag: {
        const bool wanted = test.op == Op::equal || test.op == Op::like;
        return wanted == std::any_of(job_.spec.tags.begin(), job_.spec.tags.end(),
                                     [&](const std::string& tag) {
                                       return test.op == Op::like || test.op == Op::unlike
                                                  ? like(tag, test.text)
                                                  : tag == test.text;
                                     });
      }
      case Field::state:
      case Field::status:
        return ((test.states & bit(p.state)) != 0) == (test.op == Op::equal);
      case Field::failure:
        return number(test, p.failure ? std::optional(static_cast<std::int64_t>(*p.failure))
                                      : std::nullopt);
      case Field::phase: return text(test, p.phase);
      case Field::message: return text(test, p.message);
      case Field::reason: return text(test, p.reason);
      case Field::attempt: return number(test, p.attempt);
      case Field::exit_code: return number(test, p.exit_code);
      case Field::signal: return number(test, p.signal);
      case Field::age: return number(test, (now_ - job_.submitted_at).count());
      case Field::took: return number(test, took());
      case Field::since_end:
        return number(test, p.noticed_at ? std::optional((now_ - *p.noticed_at).count())
                                         : std::nullopt);
      case Field::submitted: return number(test, unix_milliseconds(job_.submitted_at));
      case Field::started: return number(test, time(p.started_at));
      case Field::finished: return number(test, time(p.noticed_at));
      case Field::root_failure: return (root_failures() & bit(p.state)) != 0;
      case Field::in_doubt: return p.doubt;
      case Field::set_aside: return p.set_aside;
      case Field::orphan: return p.orphan;
      case Field::workflow: {
        if (job_.workflow == 0) return text(test, "");
        const std::string id = job_.workflow_id.text();
        const bool wanted = test.op == Op::equal || test.op == Op::like;
        return wanted ? text(test, job_.workflow_name) || text(test, id)
                      : text(test, job_.workflow_name) && text(test, id);
      }
    }
    return false;
  }

  // An empty text is no value: only what asks for a difference holds of it.
  static bool text(const Test& test, std::string_view value) {
    switch (test.op) {
      case Op::equal: return !value.empty() && value == test.text;
      case Op::differs: return value.empty() || value != test.text;
      case Op::like: return !value.empty() && like(value, test.text);
      case Op::unlike: return value.empty() || !like(value, test.text);
      case Op::less: case Op::less_equal: case Op::greater: case Op::greater_equal: break;
    }
    return false;
  }

  static bool number(const Test& test, std::optional<std::int64_t> value) {
    switch (test.op) {
      case Op::equal: return value && *value == test.number;
      case Op::differs: return !value || *value != test.number;
      case Op::less: return value && *value < test.number;
      case Op::less_equal: return value && *value <= test.number;
      case Op::greater: return value && *value > test.number;
      case Op::greater_equal: return value && *value >= test.number;
      case Op::like: case Op::unlike: break;
    }
    return false;
  }
  static std::optional<std::int64_t> time(const std::optional<Wall>& value) {
    return value ? std::optional(unix_milliseconds(*value)) : std::nullopt;
  }
  std::optional<std::int64_t> took() const {
    const Progress& p = job_.progress;
    if (!p.started_at) return std::nullopt;
    if (!p.ended_at && is_final(p.state)) return std::nullopt;
    return (p.ended_at.value_or(now_) - *p.started_at).count();
  }

  const JobRecord& job_;
  const Wall now_;
};

}  // namespace

bool like(std::string_view text, std::string_view pattern) {
  // As if the pattern had a `*` at both ends. Backtracks to the last `*` only, so that the time is
  // bounded by the product of the two lengths.
  std::size_t t = 0, p = 0, star = 0, resume = 0;
  while (true) {
    if (p == pattern.size()) return true;  // what is left of the text is the last `*`
    if (pattern[p] == '*') {
      star = ++p;
      resume = t;
      continue;
    }
    if (t < text.size()) {
      const bool one = pattern[p] == '?';
      if (one || folded(text[t]) == folded(pattern[p])) {
        t += one ? character(text, t) : 1;
        ++p;
        continue;
      }
    }
    if (resume >= text.size()) return false;
    resume += character(text, resume);
    t = resume;
    p = star;
  }
}

bool matches(const Filter& filter, const JobRecord& job, Wall now) {
  return Judge(job, now).holds(filter);
}

}  // namespace ketrew::filter
